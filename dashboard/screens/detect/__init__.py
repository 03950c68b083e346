"""The detect screen."""
