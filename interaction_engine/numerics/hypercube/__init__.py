"""Transforms over all subsets of a few players, and the AND-OR program."""
