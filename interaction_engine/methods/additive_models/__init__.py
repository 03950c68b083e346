"""Generalised additive models with interactions."""
