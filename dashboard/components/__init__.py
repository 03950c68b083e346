"""What several screens show: panels, forms, tables, figures."""
