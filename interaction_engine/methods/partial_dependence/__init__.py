"""Joint effects of two or three features over their values."""
