"""Pair detection: its speed against the hardware and against the paper's loop, its memory, its accuracy."""

import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).parents[1]))

import interaction_engine as ie
from benchmarks.algorithm1 import detect_pairs
from benchmarks.harness import Line, arguments, best_seconds, matmul_peak, publish
from benchmarks.race_cases import ALONE
from interaction_engine.core.types import Kind
from interaction_engine.data.cleaning.assembling import assemble
from interaction_engine.data.synthetic import FUNCTIONS
from interaction_engine.models.networks.mlp import Mlp

HIDDEN = (400, 400, 400)
STEP = 0.75


def random_network(data: ie.Dataset, hidden: tuple[int, ...], seed: int = 0) -> Mlp:
    """An untrained network: speed and memory do not ask what it has learnt."""
    generator = torch.Generator().manual_seed(seed)
    widths = (data.space.n_columns, *hidden, 1)
    shapes = list(pairwise(widths))
    weights = tuple(torch.randn(1, out, inputs, generator=generator) * (2.0 / inputs) ** 0.5 for inputs, out in shapes)
    return Mlp.of_layers(
        space=data.space, target=data.target, weights=weights, biases=tuple(torch.zeros(1, out) for _, out in shapes)
    )


def as_module(model: Mlp) -> nn.Sequential:
    """The first member as anybody would write it in torch."""
    layers: list[nn.Module] = []
    for weight, bias in zip(model.weights, model.biases, strict=True):
        linear = nn.Linear(weight.shape[2], weight.shape[1])
        linear.load_state_dict({"weight": weight[0], "bias": bias[0]})
        layers += [linear, nn.GELU()]
    return nn.Sequential(*layers[:-1])


def noise_table(n_features: int, n_rows: int) -> ie.Dataset:
    values = np.random.default_rng(0).standard_normal((n_rows, n_features))
    names = [f"x{index + 1}" for index in range(n_features)]
    return assemble(
        pd.DataFrame(values, columns=names).assign(y=values[:, 0]),
        name="noise",
        target="y",
        kinds=dict.fromkeys(names, Kind.NUMERIC),
    )


def speed(quick: bool) -> Line:
    """(a) Evaluations a second inside exact detection, as a share of the float32 matmul peak of the same process."""
    data = noise_table(10, 2000)
    model = random_network(data, HIDDEN)
    flops = 2 * sum(a * b for a, b in pairwise(model.sizes))
    background = 200 if quick else 1000
    result = None

    def detect() -> None:
        nonlocal result
        result = ie.detect("exact", model, data, background=background, scheme="central", **ALONE)

    seconds = best_seconds(detect, 3)
    assert result is not None
    rate = result.provenance.evaluations / seconds
    peak = matmul_peak()
    share = rate * flops / peak
    return Line(
        claim="(a) exact detection, MLP 10-400-400-400-1, share of torch's float32 matmul peak",
        measured=f"{share:.2f} ({rate:,.0f} evaluations/s, peak {peak / 1e9:.0f} GFLOP/s)",
        goal=">= 0.8",
        met=share >= 0.8,
        figures={"share": share, "evaluations_per_second": rate, "peak_flops": peak},
    )


def against_the_papers_loop(quick: bool) -> Line:
    """(b) Exact detection of all pairs against Algorithm 1 pull by pull, on one net trained on F8."""
    data = ie.load_sample("F8", rows=20_000)
    model = ie.train(data, "mlp", hidden=(200, 200) if quick else HIDDEN, epochs=15)
    assert isinstance(model, Mlp)
    plain = as_module(model)
    background = 200 if quick else 1000
    result, seconds = None, []
    for _ in range(3):
        start = time.perf_counter()
        result = ie.detect("exact", model, data, background=background, scheme="central", top_k=12, step=STEP, **ALONE)
        seconds.append(time.perf_counter() - start)
    assert result is not None
    fast = result.provenance.evaluations / min(seconds)
    encoded = torch.from_numpy((data.background(background, 0) - data.space.means) / data.space.scales).float()
    slow, found = pulled_one_by_one(lambda batch: torch.cat([plain(row[None]) for row in batch])[:, 0], encoded)
    slow_by_four, _ = pulled_one_by_one(lambda batch: plain(batch)[:, 0], encoded)
    ours = {frozenset(pair) for pair in zip(result.table.feature_1[:12], result.table.feature_2[:12], strict=True)}
    ratio, same = fast / slow, found == ours
    return Line(
        claim="(b) exact detection against the paper's one-pull loop, evaluations per second, F8",
        measured=f"{ratio:.0f} x ({fast:,.0f} / {slow:,.0f}; {fast / slow_by_four:.0f} x where it scores the four "
        f"corners of a pull in one call), top 12 {'the same' if same else 'DIFFER'}",
        goal=">= 20 x, same top 12",
        met=ratio >= 20 and same,
        figures={"ratio": ratio, "ratio_by_four": fast / slow_by_four, "fast": fast, "slow": slow, "same": int(same)},
    )


def pulled_one_by_one(score: Callable[[Tensor], Tensor], encoded: Tensor) -> tuple[float, set[frozenset[str]]]:
    """Evaluations a second of Algorithm 1 as printed, and the twelve pairs that it finds."""
    with torch.inference_mode():
        start = time.perf_counter()
        found, evaluations = detect_pairs(score, encoded, torch.full((10,), STEP), 12)
        rate = evaluations / (time.perf_counter() - start)
    return rate, {frozenset((f"x{i + 1}", f"x{j + 1}")) for i, j in found}


MEMORY_SCRIPT = """
import resource, sys, time
sys.path.insert(0, {root!r})
import interaction_engine as ie
from benchmarks.detection import ALONE, noise_table, random_network
data = noise_table(100, 2000)
start = time.perf_counter()
result = ie.detect("exact", random_network(data, {hidden!r}), data, background={rows}, scheme="central", **ALONE)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(result.provenance.evaluations, time.perf_counter() - start, peak)
"""


def memory(quick: bool) -> Line:
    """(c) Peak memory of a process that detects all 4950 pairs of 100 features."""
    rows, hidden = (100, (50, 50)) if quick else (1000, (100, 100))
    script = MEMORY_SCRIPT.format(root=str(Path(__file__).parents[1]), hidden=hidden, rows=rows)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    evaluations, seconds, peak = (float(part) for part in done.stdout.split())
    return Line(
        claim=f"(c) p = 100: 4950 pairs x {rows} rows, MLP 100-{'-'.join(map(str, hidden))}-1",
        measured=f"{peak / 1e9:.2f} GB, {seconds:.1f} s, {evaluations:,.0f} evaluations",
        goal="<= 2 GB",
        met=peak <= 2e9,
        figures={"bytes": peak, "seconds": seconds, "evaluations": evaluations},
    )


def accuracy(quick: bool) -> Line:
    """(d) ROC-AUC of the pair strengths over the ten functions, the library's defaults throughout."""
    aucs, seconds = [], []
    for name in ("F3", "F8") if quick else FUNCTIONS:
        start = time.perf_counter()
        data = ie.load_sample(name, rows=20_000)
        result = ie.detect("exact", ie.train(data), data, **ALONE)
        truth = [
            frozenset(pair) in result.true_pairs
            for pair in zip(result.table.feature_1, result.table.feature_2, strict=True)
        ]
        aucs.append(float(roc_auc_score(truth, result.table.strength)))
        seconds.append(time.perf_counter() - start)
        print(f"    {name}: ROC-AUC {aucs[-1]:.3f} in {seconds[-1]:.1f} s", flush=True)
    mean = float(np.mean(aucs))
    return Line(
        claim=f"(d) mean ROC-AUC over {len(aucs)} functions, 20,000 rows, defaults",
        measured=f"{mean:.3f} ({sum(seconds):.0f} s)",
        goal=">= 0.95 (aim 0.97)",
        met=mean >= 0.95,
        figures={"mean": mean, "aucs": aucs, "seconds": seconds},
    )


def main() -> None:
    asked = arguments(__doc__ or "")
    began = time.perf_counter()
    lines = [
        speed(asked.quick),
        against_the_papers_loop(asked.quick),
        memory(asked.quick),
        accuracy(asked.quick),
    ]
    publish("detection", lines, time.perf_counter() - began, asked.out)


if __name__ == "__main__":
    main()
