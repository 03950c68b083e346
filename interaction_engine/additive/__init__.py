"""Additive models: networks of few features each, and the baselines, all with shapes that can be read."""
