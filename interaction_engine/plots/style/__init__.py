"""Colours, labels, scales and levels."""
