"""Models brought as files, each format opened safely."""
