"""Smaller additive models that predict alike."""
