"""Top-k races: confidence intervals by betting, ranges, and the race itself."""
