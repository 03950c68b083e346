"""Values as normal scores and back: what a standard deviation is for a feature that is skewed or heavy-tailed.

The normal score of a value is u = Phi^-1(rank), with the rank of the value among reference values as a share of them.
It is the value that a normal variable has at the same rank: of a normal feature it is the standardised value itself,
and it does not change when the feature is transformed monotonically (income or its logarithm).
"""

import numpy as np
from jaxtyping import Float
from scipy.special import ndtr, ndtri

Reference = Float[np.ndarray, " reference"]
Values = Float[np.ndarray, " rows"]


def normal_scores(reference: Reference, values: Values) -> Values:
    """Return the normal scores of `values` by their rank among the `reference` values.

    Args:
        reference: Reference in ascending order, such as a feature's in the training rows.
        values: Values to be scored; those of the reference or others.

    Returns:
        Phi^-1 of the rank. Equal values share the middle of their ranks; the least and the largest reference value of n
        have the ranks 1 / 2n and 1 - 1 / 2n, and values beyond them have no lower or higher score.
    """
    n = len(reference)
    ranks = (np.searchsorted(reference, values, "left") + np.searchsorted(reference, values, "right")) / (2.0 * n)
    return ndtri(np.clip(ranks, 0.5 / n, 1.0 - 0.5 / n))


def move_scores(reference: Reference, values: Values, shift: float) -> Values:
    """Return the reference values whose normal score is that of `values` plus `shift`.

    Every returned value is one of the reference: there is no interpolation, so that whole numbers stay whole, gaps of a
    distribution stay empty, and the range is never left.

    Args:
        reference: Reference in ascending order.
        values: Values to be moved.
        shift: How far, in normal scores.
    """
    n = len(reference)
    ranks = ndtr(normal_scores(reference, values) + shift)
    return reference[np.clip(np.floor(ranks * n), 0, n - 1).astype(np.int64)]
