"""Model files that somebody brings: recognised, tried in a process of their own, one module for each format."""
