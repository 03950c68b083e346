"""The dynamics screen."""
