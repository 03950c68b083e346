"""The detection methods, one file per method."""
