"""Random numbers by seed, member and purpose: each purpose has a stream of its own."""

import numpy as np

DIVISION, WEIGHTS, FIRST_EPOCH = 0, 1, 2
"""Purposes of random numbers; each has its own stream, so that nothing depends on what was drawn before."""


def random_stream(seed: int, member: int, purpose: int) -> np.random.Generator:
    """Random numbers of one member for one purpose."""
    return np.random.default_rng([seed, member, purpose])
