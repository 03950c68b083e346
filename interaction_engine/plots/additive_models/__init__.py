"""Figures of additive models."""
