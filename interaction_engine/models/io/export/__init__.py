"""Models trained here, as files for other programs."""
