"""Models imported as files, each format opened safely."""
