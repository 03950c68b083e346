"""The plain Algorithm 1 that the fast detection is compared with is itself right."""

import torch

from benchmarks.algorithm1 import detect_pairs


def test_it_finds_the_strongest_pairs_in_order_and_counts_its_evaluations():
    rows = torch.randn(60, 5, generator=torch.Generator().manual_seed(0))
    calls = []

    def score(batch):
        calls.append(len(batch))
        return 3 * batch[:, 0] * batch[:, 1] + 2 * batch[:, 2] * batch[:, 3] + 0.1 * batch[:, 0] * batch[:, 4] ** 2

    found, evaluations = detect_pairs(score, rows, torch.full((5,), 0.5), 3)
    assert found == [(0, 1), (2, 3), (0, 4)]
    assert evaluations == sum(calls)
    assert evaluations < 4 * 10 * 60
