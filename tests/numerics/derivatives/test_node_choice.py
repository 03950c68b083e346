"""How many nodes lines need: what they miss along one direction is what all pairs together miss."""

import pytest
import torch

from interaction_engine.numerics.derivatives.node_choice import COUNTS, missed, nodes_needed
from interaction_engine.numerics.derivatives.path_integrals import AnyScore, product_rule

from .test_path_integrals import ROWS, lines, perceptron

MEMORY = 10**8


def gains(network, where):
    return (network.scores(where.rows) - network.scores(where.baselines)).mean(0)


@pytest.mark.parametrize("quadrature", ["gauss", "riemann"])
def test_one_direction_misses_what_the_whole_matrix_misses(quadrature):
    network, where = perceptron((4, 9, 8, 1)), lines(ROWS, 0.3 * ROWS.flip(0))
    found = network.integrals(where, product_rule(quadrature, 4)).interactions().mean(0).sum((1, 2))
    told = missed(network, where, gains(network, where), 4, quadrature, MEMORY)
    torch.testing.assert_close(told, found - gains(network, where))
    assert told.abs().max() > 1e-6


def test_each_line_takes_as_few_as_keep_the_limit():
    network, where = perceptron((4, 9, 8, 1), beta=20.0), lines(3.0 * ROWS)
    wanted = gains(network, where)[:, None]
    allowed = 1e-3 * wanted[:, 0].abs()
    counts = nodes_needed(network, where, wanted, allowed, "gauss", MEMORY)
    assert counts.unique().numel() > 1
    for place, count in enumerate(counts[:, 0].tolist()):
        tried = [one for one in COUNTS["gauss"] if one <= count]
        off = [float(missed(network, where, wanted[:, 0], one, "gauss", MEMORY)[place].abs()) for one in tried]
        assert off[-1] <= allowed[place]
        assert all(one > allowed[place] for one in off[:-1])


def test_the_mean_over_a_rows_lines_is_what_counts():
    """Two lines that miss as much in opposite directions need no more nodes."""
    score = AnyScore(lambda x: x[:, 0].sign() * (x[:, 0].abs() * 9.0).sin() * 10.0)
    where = lines([[2.0, 0.0], [-2.0, 0.0]])
    wanted = torch.stack([score.score(where.rows) - score.score(where.baselines)])
    alone = nodes_needed(score, where, wanted.T, torch.full((2,), 1e-6).double(), "gauss", MEMORY)
    together = nodes_needed(score, where, wanted, torch.full((1,), 1e-6).double(), "gauss", MEMORY)
    assert alone.min() > COUNTS["gauss"][0]
    assert together.max() == COUNTS["gauss"][0]


def test_what_no_number_of_nodes_helps_takes_the_most():
    score = AnyScore(lambda x: (x[:, 0] * 4000.0).sin())
    where = lines([[3.0, 0.0]])
    wanted = (score.score(where.rows) - score.score(where.baselines))[:, None]
    points = []
    counts = nodes_needed(score, where, wanted, torch.full((1,), 1e-9).double(), "gauss", MEMORY, points.append)
    assert counts.tolist() == [[COUNTS["gauss"][-1]]]
    assert points == list(COUNTS["gauss"])
