"""Figures of AND-OR patterns."""
