"""Gauss quadrature for the weight -ln t on [0, 1], the density of the product of two uniform numbers."""

from functools import cache

import numpy as np
from scipy.linalg import eigh_tridiagonal


@cache
def log_nodes(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and weights (n,), float64, of the quadrature with weight -ln(t).

    sum_q weights[q] g(nodes[q]) = int_0^1 -ln(t) g(t) dt for every polynomial g of degree 2 n - 1 or less.

    The double integral over a line from the baseline is such a single one: int int a b g(a b) da db =
    int -t ln(t) g(t) dt. The coefficients come from the weight's moments with shifted Legendre polynomials, which are
    (-1)^k / (k (k + 1)) (and 1 for k = 0), by the modified Chebyshev algorithm, which is stable for them (Gautschi,
    Orthogonal Polynomials, 2004, section 2.1.7); nodes and weights are those of the Jacobi matrix (Golub & Welsch,
    Math. Comp. 23, 1969).
    """
    diagonal, off = _recurrence(n)
    nodes, vectors = eigh_tridiagonal(diagonal, np.sqrt(off[1:]))
    weights = off[0] * vectors[0] ** 2
    return nodes, weights


def _recurrence(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients of the three-term recurrence of the monic polynomials that are orthogonal under -ln t."""
    order = np.arange(2 * n, dtype=np.float64)
    legendre = np.concatenate([[1.0], order[1:] ** 2 / (4.0 * (4.0 * order[1:] ** 2 - 1.0))])  # about 1/2 throughout
    leading = np.concatenate([[1.0], np.cumprod(2.0 * (2.0 * order[1:] - 1.0) / order[1:])])
    moments = np.concatenate([[1.0], (-1.0) ** order[1:] / (order[1:] * (order[1:] + 1.0))]) / leading
    diagonal, off = np.zeros(n), np.zeros(n)
    diagonal[0], off[0] = 0.5 + moments[1] / moments[0], moments[0]
    before, present = np.zeros(2 * n), moments
    for k in range(1, n):
        here = slice(k, 2 * n - k)
        after = np.zeros(2 * n)
        after[here] = (
            present[k + 1 : 2 * n - k + 1]
            - (diagonal[k - 1] - 0.5) * present[here]
            - off[k - 1] * before[here]
            + legendre[here] * present[k - 1 : 2 * n - k - 1]
        )
        diagonal[k] = 0.5 + after[k + 1] / after[k] - present[k] / present[k - 1]
        off[k] = after[k] / present[k - 1]
        before, present = present, after
    return diagonal, off
