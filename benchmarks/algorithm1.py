"""Algorithm 1 of the ParaACE paper as it is printed, one pull at a time: what the fast detection is compared with."""

import heapq
import math
from collections.abc import Callable
from itertools import combinations

import torch
from torch import Tensor


def detect_pairs(
    score: Callable[[Tensor], Tensor], rows: Tensor, step: Tensor, top_k: int
) -> tuple[list[tuple[int, int]], int]:
    """The `top_k` strongest pairs in order, and the number of model evaluations.

    `score` maps (n, features) to (n,); `rows` are the m background rows in the order in which they are pulled; `step`
    is the half-width of the difference of each feature. Intervals as in appendix C: delta = 2 / (n^3 m), the deviation
    of an arm from its own pulls, exact after m pulls.
    """
    m, n_features = rows.shape
    pairs = list(combinations(range(n_features), 2))
    n = len(pairs)
    log_term = math.log(2.0 / (2.0 / (n**3 * m)))
    corners = torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    signs = torch.tensor([1.0, -1.0, -1.0, 1.0])
    pulls, total, square = [0] * n, [0.0] * n, [0.0] * n

    def pull(arm: int) -> None:
        i, j = pairs[arm]
        batch = rows[pulls[arm]].repeat(4, 1)
        batch[:, i] += corners[:, 0] * step[i]
        batch[:, j] += corners[:, 1] * step[j]
        difference = float((score(batch) * signs).sum()) / (4.0 * float(step[i]) * float(step[j]))
        pulls[arm] += 1
        total[arm] += difference**2
        square[arm] += difference**4

    def interval(arm: int) -> tuple[float, float]:
        mean = total[arm] / pulls[arm]
        if pulls[arm] >= m:
            return mean, mean
        deviation = math.sqrt(max(0.0, square[arm] / pulls[arm] - mean**2))
        radius = deviation * math.sqrt(2.0 * log_term / pulls[arm])
        return mean - radius, mean + radius

    for arm in range(n):
        for _ in range(min(3, m)):
            pull(arm)
    queue = [(-interval(arm)[1], arm) for arm in range(n)]
    heapq.heapify(queue)
    found: list[tuple[int, int]] = []
    while queue and len(found) < top_k:
        _, arm = heapq.heappop(queue)
        if not queue or interval(arm)[0] >= -queue[0][0]:
            found.append(pairs[arm])
            continue
        pull(arm)
        heapq.heappush(queue, (-interval(arm)[1], arm))
    return found, 4 * sum(pulls)
