"""How a network learns AND interactions under noise on its parameters: the closed form of the AND-OR paper.

Theorem 3: with true interactions w and noise of variance 2^|T| s2 on the strength with which the pattern T is
triggered, the interactions learnt are

    M w,   M = (J^T J + 2^n diag(c))^-1 J^T J,   J[S, T] = 1(T subset of S),   c(T) = 2^|T| s2.

J^T J is the n-fold Kronecker power of [[2, 1], [1, 1]], and 2^n diag(c) is s2 times that of diag(2, 4). One basis
diagonalises both, so M is applied in O(n 2^n). `sigma2` is that variance, a number without unit.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ...core.errors import InputError
from . import kronecker
from .kronecker import Matrix2, players, symmetric_power
from .subset_transforms import by_order

SQUARE: Matrix2 = ((2.0, 1.0), (1.0, 1.0))
"""J^T J of one player."""

NOISE: Matrix2 = ((2.0, 0.0), (0.0, 4.0))
"""2^n diag(c) of one player, for s2 = 1."""

SALIENT = 0.03
"""An interaction is salient from this share of |v(all) - v(empty)| on (AND-OR paper, section 3.2)."""

COARSE = 10.0 ** torch.linspace(-6.0, 6.0, 121, dtype=torch.float64)
"""The variances tried first: from no visible noise to next to nothing learnt, in steps of a quarter."""


def _basis() -> tuple[Matrix2, tuple[float, float]]:
    """P of determinant 1 with P^T SQUARE P = I and P^T NOISE P = diag(d), and d."""
    root = torch.linalg.cholesky(torch.tensor(SQUARE, dtype=torch.float64))
    half = torch.linalg.inv(root)
    values, vectors = torch.linalg.eigh(half @ torch.tensor(NOISE, dtype=torch.float64) @ half.T)
    basis = half.T @ vectors
    basis[:, 1] *= torch.linalg.det(basis).sign()
    (p, q), (r, s) = basis.tolist()
    return ((p, q), (r, s)), (float(values[0]), float(values[1]))


BASIS, EIGENVALUES = _basis()


def learnt_interactions(
    true_effects: Float[Tensor, "*batch subsets"], sigma2: float
) -> Float[Tensor, "*batch subsets"]:
    """Return the interactions M w that are learnt of the true ones w under noise.

    The noise has variance `sigma2` (AND-OR paper, equation 10); the unit is that of w; w itself without noise.
    Raises `InputError` for a negative `sigma2`.
    """
    return _Learnt(true_effects)(sigma2)


class _Learnt:
    """M w for one w and many variances."""

    def __init__(self, true_effects: Tensor) -> None:
        self.coordinates = kronecker.apply(kronecker.inverse(BASIS), true_effects)
        self.scales = kronecker.scales(*EIGENVALUES, players(true_effects), true_effects.dtype, true_effects.device)

    def __call__(self, sigma2: float) -> Tensor:
        if not sigma2 >= 0.0 or math.isinf(sigma2):
            raise InputError(f"`sigma2` is a variance and must be a finite number of at least 0; got {sigma2}.")
        return kronecker.apply(BASIS, self.coordinates / (1.0 + sigma2 * self.scales))


def learning_strengths(n_players: int, sigma2: float) -> Float[Tensor, " orders"]:
    """||m_T||_2 for |T| = 0 to n: how strongly a pattern of each order takes part in what is learnt (Theorem 4).

    M does not change under exchanges of players that keep T, so its row of T is found among vectors that are even
    over T and over the rest: dense systems of at most (n/2 + 1)^2 unknowns.
    """
    if n_players < 1 or not sigma2 >= 0.0:
        raise InputError(f"Expected at least one player and `sigma2` >= 0; got {n_players} and {sigma2}.")
    return torch.stack([_row_norm(n_players, order, sigma2) for order in range(n_players + 1)])


def _row_norm(n_players: int, order: int, sigma2: float) -> Tensor:
    square = torch.kron(symmetric_power(SQUARE, order), symmetric_power(SQUARE, n_players - order))
    noise = torch.kron(symmetric_power(NOISE, order), symmetric_power(NOISE, n_players - order))
    pattern = torch.zeros(len(square), dtype=torch.float64)
    pattern[order * (n_players - order + 1)] = 1.0
    return torch.linalg.vector_norm(square @ torch.linalg.solve(square + sigma2 * noise, pattern))


def strength_ratios(n_players: int, sigma2: Sequence[float]) -> Float[Tensor, "variances ratios"]:
    """r(k) = ||m_T|| / ||m_T'|| with |T| = k and |T'| = k + 1, for k = 1 to n - 1 (AND-OR paper, Figure 3).

    Above 1 and growing with the noise (Proposition 1): the noisier, the more low orders are preferred.
    """
    norms = torch.stack([learning_strengths(n_players, variance) for variance in sigma2])
    return norms[:, 1:-1] / norms[:, 2:]


def salient_by_order(
    effects: Float[Tensor, "samples subsets"], thresholds: Float[Tensor, " samples"]
) -> Float[Tensor, " orders"]:
    """Total strength of the salient interactions of each order 1 to n, averaged over samples, in the effects' unit.

    Salient are those of absolute value `thresholds` and more. AND and OR strengths add up.
    """
    sizes = effects.abs()
    return by_order(sizes.where(sizes >= thresholds[:, None], 0.0)).mean(0)[1:]


def order_distribution(strengths: Float[Tensor, " orders"]) -> Float[Tensor, " orders"]:
    """Strengths of the orders 1 to n divided by their mean, so that networks compare; all 0 when there are none.

    Source: AND-OR paper, section 3.2.
    """
    return strengths / strengths.mean() if bool(strengths.any()) else strengths


@dataclass(frozen=True)
class NoiseFit:
    """The noise that explains a measured distribution over orders best.

    The variance `sigma2` whose `distribution` over orders 1 to n comes nearest to it, and the root mean square
    `distance` between the two.
    """

    sigma2: float
    distribution: Float[Tensor, " orders"]
    distance: float


def theoretical_distribution(true_effects: Float[Tensor, "samples subsets"], sigma2: float) -> Float[Tensor, " orders"]:
    """The order distribution of what is learnt of `true_effects` under noise.

    A sample's salience threshold is 0.03 times its own |v(all) - v(empty)| (AND-OR paper, section 3.3.2).
    """
    return _distribution(_Learnt(true_effects), sigma2)


def _distribution(learnt: _Learnt, sigma2: float) -> Tensor:
    effects = learnt(sigma2)
    return order_distribution(salient_by_order(effects, SALIENT * effects[:, 1:].sum(1).abs()))


def fit_noise(
    true_effects: Float[Tensor, "samples subsets"], measured: Float[Tensor, " orders"], refinements: int = 2
) -> NoiseFit:
    """The noise that explains a `measured` order distribution of a network whose interactions will be `true_effects`.

    `true_effects` are the salient interactions of the trained network, 0 elsewhere; entry 0 is v(empty). The variance
    is searched on a logarithmic grid from 1e-6 to 1e6 and 0, then `refinements` times on a finer one around the best:
    thresholds make the distance jump, so that no descent is reliable. Raises `InputError` when `measured` has not one
    number per order 1 to n. Source: AND-OR paper, section 3.3.2, Figure 4.
    """
    n = players(true_effects)
    if len(measured) != n:
        raise InputError(f"`measured` needs one number per order 1 to {n}; got {len(measured)}.")
    learnt = _Learnt(true_effects)
    best = _nearest(learnt, measured, [0.0, *COARSE.tolist()])
    width = math.log10(COARSE[1] / COARSE[0])
    for _ in range(refinements if best.sigma2 > 0.0 else 0):
        steps = torch.linspace(-width, width, 21, dtype=torch.float64)
        finer = _nearest(learnt, measured, (best.sigma2 * 10.0**steps).tolist())
        best, width = min(best, finer, key=lambda fit: fit.distance), width / 10.0
    return best


def _nearest(learnt: _Learnt, measured: Tensor, variances: list[float]) -> NoiseFit:
    fits = []
    for sigma2 in variances:
        distribution = _distribution(learnt, sigma2)
        distance = float((distribution - measured.to(distribution)).square().mean().sqrt())
        fits.append(NoiseFit(sigma2, distribution, distance))
    return min(fits, key=lambda fit: fit.distance)
