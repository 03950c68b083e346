"""A small process beside the page that keeps a model warm and answers questions about single rows at once."""
