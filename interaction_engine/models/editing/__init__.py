"""Additive models changed by hand: the edits, what stands in for a changed term, and the model that results."""
