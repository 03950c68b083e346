"""Changes to a trained additive model: what an edit is, where it applies, and what it costs."""
