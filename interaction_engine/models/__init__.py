"""Models of every origin behind one protocol: networks trained here, files of six formats, functions and modules."""
