"""Reading tables from files of all formats, and writing them."""
