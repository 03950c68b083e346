"""Predictions made of known AND and OR patterns, and a training made by formula, for the tests of figures and pages."""

from itertools import combinations

import numpy as np
import pandas as pd

from interaction_engine.methods.and_or.result import PART_COLUMNS, AndOrPatterns
from interaction_engine.methods.training_dynamics.result import Dynamics
from tests.plots.made import NASTY, provenance

MASKS = 1024
"""Masks on which the matching error of many players is made up."""


def patterns(given=None, *, names=None, n=6, n_samples=1, seed=0, small=8, unit="log-odds", gap=0.0008, **changes):
    """Predictions that are sums of `given` patterns ((places, kind, effect), ...; else random ones, others per sample).

    The score with everything masked is −1 and the threshold 0.1; `small` further patterns lie below it.
    """
    names = tuple(names or (f"x{i + 1}" for i in range(n)))
    rng = np.random.default_rng(seed)
    samples = [_sample(names, given, rng, small, place, gap) for place in range(n_samples)]
    tables = {name: pd.concat([one[name] for one in samples], ignore_index=True) for name in samples[0]}
    return AndOrPatterns(
        provenance=provenance(method="and_or", title="AND-OR interactions", options={"row": 3, "baseline": "mean"}),
        players=names,
        transfer=_transfer(tables["table"], n_samples),
        **tables,
        unit=unit,
        baseline="the mean of the training rows",
        delta=0.0,
        interval="exact",
        **changes,
    )


def nasty_patterns(**changes) -> AndOrPatterns:
    given = ((0, 2), "and", 2.0), ((1, 3, 4), "or", -1.2), ((5, 6, 7, 8, 9), "and", 0.7), ((7,), "and", -0.4)
    return patterns(given, **({"names": NASTY, "unit": "<i>log-odds</i> $x$"} | changes))


def no_patterns(**changes) -> AndOrPatterns:
    """A model that says the same whatever is masked."""
    return patterns((), small=0, **changes)


SENTENCE = ["not", "a", "good", "film", "but", "a", "<b>great</b>", "cast", "!"]


def sentence(given=None, *, words=SENTENCE, **changes) -> AndOrPatterns:
    """A sentence of nine words, of which the articles and the exclamation mark never play."""
    names = tuple(word for word in words if word not in ("a", "!"))
    rows = [(0, "word", place, word if word in names else "", word) for place, word in enumerate(words)]
    parts = pd.DataFrame(rows, columns=list(PART_COLUMNS["word"]))
    given = given or (((0, 1), "and", -2.0), ((1,), "and", 1.2), ((4, 5), "or", 1.5))
    return patterns(given, names=names, parts=parts, small=0, **changes)


def picture(side=8, edge=3, *, names=None, spare=False, n_samples=1, **changes) -> AndOrPatterns:
    """Pictures of a diagonal cut into `edge` x `edge` patches; with `spare` the last patch belongs to no player."""
    names = names or tuple(f"patch {row + 1},{column + 1}" for row in range(edge) for column in range(edge))
    names = names[: len(names) - spare]
    cut = np.linspace(0, side, edge + 1).round().astype(int)
    cell = np.searchsorted(cut, np.arange(side), side="right") - 1
    owner = cell[:, None] * edge + cell[None]
    rows = [
        (sample, "patch", r * side + c, names[owner[r, c]] if owner[r, c] < len(names) else "", r, c, 16.0 * (r == c))
        for sample in range(n_samples)
        for r in range(side)
        for c in range(side)
    ]
    parts = pd.DataFrame(rows, columns=list(PART_COLUMNS["patch"]))
    given = ((0, 1), "and", 2.0), ((2, 3), "or", -1.2), ((3,), "and", 0.7)
    return patterns(given, names=names, parts=parts, small=0, n_samples=n_samples, **changes)


def cloud(dimensions=2, *, n_clusters=4, names=None, **changes) -> AndOrPatterns:
    """Twelve points around each of some places on a circle."""
    rng = np.random.default_rng(0)
    names = names or tuple(f"cluster {number + 1}" for number in range(n_clusters))
    angles = 2 * np.pi * np.arange(n_clusters) / n_clusters
    middles = np.stack([np.cos(angles), np.sin(angles), angles], axis=1)[:, :dimensions]
    points = middles.repeat(12, axis=0) + 0.1 * rng.normal(size=(12 * n_clusters, dimensions))
    columns = [name for name in PART_COLUMNS["cluster"] if dimensions == 3 or name != "z"]
    rows = [(0, "cluster", place, names[place // 12], *point) for place, point in enumerate(points.tolist())]
    given = ((0, 1), "and", 2.0), ((2, 3), "or", -1.2)
    return patterns(given, names=names, parts=pd.DataFrame(rows, columns=columns), small=0, **changes)


def _sample(names, given, rng, small, place, gap):
    """The tables of one sample."""
    drawn = _drawn(len(names), rng) if given is None else given
    chosen = [(tuple(places), kind, float(effect)) for places, kind, effect in drawn]
    weak = [(tuple(sorted(rng.choice(len(names), 2, replace=False))), "and", 0.09 * 0.8**i) for i in range(small)]
    chosen.sort(key=lambda one: -abs(one[2]))
    rows = [(*one, "salient") for one in chosen] + [(*one, "below threshold") for one in weak]
    table = pd.DataFrame(
        [
            {
                "sample": place,
                "features": tuple(names[i] for i in places),
                "order": len(places),
                "kind": kind,
                "strength": abs(effect),
                "effect": effect,
                "lower": abs(effect),
                "upper": abs(effect),
                "status": status,
                "rank": rank,
            }
            for rank, (places, kind, effect, status) in enumerate(rows, start=1)
        ],
        columns=["sample", "features", "order", "kind", "strength", "effect", "lower", "upper", "status", "rank"],
    )
    whole = [(places, kind, effect) for places, kind, effect, _ in rows]
    total = sum(effect for *_, effect in whole)
    primal = sum(abs(effect) for *_, effect in whole)
    header = {
        "sample": place,
        "row": 3 + 7 * place,
        "label": f"row {3 + 7 * place}",
        "score": total - 1.0,
        "base": -1.0,
        "threshold": 0.1,
        "salient": len(chosen),
        "primal": primal,
        "dual": primal * (1 - gap),
        "gap": gap if primal else 0.0,
        "matching_error": 1e-14,
    }
    salient = [one for one in whole if abs(one[2]) >= 0.1]
    return {
        "samples": pd.DataFrame([header]),
        "table": table,
        "orders": _orders(salient, len(names), place),
        "matching": _matching(whole, len(names), total, place, rng),
        "sparsity": _sparsity(whole, place),
        "attributions": _shapley(whole, names, place),
        "indices": _interactions(whole, names, place),
    }


def _drawn(n, rng):
    """Some patterns of falling strength."""
    for rank in range(min(14, 3 * n)):
        size = int(min(n, 1 + rng.poisson(1.2)))
        kind = "or" if size > 1 and rng.random() < 0.4 else "and"
        yield np.sort(rng.choice(n, size, replace=False)), kind, rng.choice([1, 1, -1]) * 2.0 * 0.82**rank


def _orders(salient, n, place):
    return pd.DataFrame(
        [
            {
                "sample": place,
                "order": order,
                "kind": kind,
                "sign": sign,
                "strength": sum(abs(effect) for effect in mine),
                "count": len(mine),
            }
            for order in range(1, n + 1)
            for kind in ("and", "or")
            for sign in ("+", "-")
            for mine in [
                [e for places, k, e in salient if len(places) == order and k == kind and (e > 0) == (sign == "+")]
            ]
        ]
    )


def _matching(whole, n, total, place, rng):
    """The error with the strongest patterns kept, on all masks where they are few."""
    masks = np.array([[m >> i & 1 for i in range(n)] for m in range(2**n)] if n <= 10 else rng.random((MASKS, n)) < 0.5)
    values = np.zeros((len(whole) + 1, len(masks)))
    for row, (places, kind, effect) in enumerate(whole, start=1):
        inside = masks[:, list(places)].astype(bool)
        values[row] = values[row - 1] + effect * (inside.all(1) if kind == "and" else inside.any(1))
    errors = np.sqrt(((values - values[-1]) ** 2).mean(1)) / (abs(total) or 1.0)
    return pd.DataFrame({"sample": place, "kept": np.arange(len(whole) + 1), "error": errors})


def _sparsity(whole, place):
    rows = []
    for kind in ("and", "or"):
        strengths = sorted((abs(effect) for _, its, effect in whole if its == kind), reverse=True)
        rows += [(place, kind, rank, strength) for rank, strength in enumerate(strengths, start=1)]
    return pd.DataFrame(rows, columns=["sample", "kind", "rank", "strength"])


def _shapley(whole, names, place):
    """Every pattern is shared equally among its players, whether AND or OR."""
    values = [sum(effect / len(places) for places, _, effect in whole if i in places) for i in range(len(names))]
    return pd.DataFrame({"sample": place, "player": names, "shapley": values})


def _interactions(whole, names, place):
    """The Shapley interaction of a pair: an AND pattern of s players gives e / (s - 1), an OR pattern the opposite."""
    rows = []
    for i, j in combinations(range(len(names)), 2):
        mine = [(len(places), kind, effect) for places, kind, effect in whole if i in places and j in places]
        value = sum((1 if kind == "and" else -1) * effect / (size - 1) for size, kind, effect in mine)
        rows.append((place, names[i], names[j], value))
    return pd.DataFrame(rows, columns=["sample", "player_1", "player_2", "k_sii"])


def _transfer(table, n_samples):
    salient = table[table["status"] == "salient"]
    rows = [
        (
            features,
            kind,
            len(features),
            len(its) / n_samples,
            its["effect"].mean(),
            max((its["effect"] > 0).mean(), (its["effect"] < 0).mean()),
        )
        for (features, kind), its in salient.groupby(["features", "kind"], sort=False)
    ]
    columns = ["features", "kind", "order", "share", "effect", "agreement"]
    return pd.DataFrame(rows, columns=columns).sort_values("share", ascending=False, ignore_index=True)


EPOCHS = (0, 1, 2, 4, 8, 16, 32, 64, 100)


def dynamics(epochs=EPOCHS, *, n=10, names=None, salient=True, phase=16, theory=True, **changes) -> Dynamics:
    """A training whose mean order falls to 1.6 at the third checkpoint and rises after it; without `salient` patterns,
    nothing was ever learnt. `phase` is the epoch of the second phase, or None."""
    names = tuple(names or (f"x{i + 1}" for i in range(n)))
    n = len(names)
    place = np.arange(len(epochs))
    mean = np.where(place < 2, n * 0.55 - place * 0.2 * n, 0.16 * n + 0.045 * n * (place - 2)).clip(1, n)
    distribution, share = _distribution(epochs, mean, n, salient)
    train, test = 2.3 * 0.6**place + 0.01, 2.3 * 0.72**place + 0.03 * np.maximum(0, place - 4) ** 1.5 + 0.05
    checkpoints = pd.DataFrame(
        {
            "checkpoint": place,
            "epoch": epochs,
            "train_loss": train,
            "test_loss": test,
            "loss_gap": test - train,
            "mean_order": mean if salient else np.nan,
            "mean_order_error": 0.12 if salient else np.nan,
            "salient": 12.0 + 3 * place if salient else 0.0,
            "noise": 10.0 ** (2.0 - place) if theory else np.nan,
            "distance": 0.08 if theory else np.nan,
        }
    )
    orders = np.arange(1, n + 1)
    return Dynamics(
        provenance=provenance(method="dynamics", title="Training dynamics", options={"epochs": 100}),
        players=names,
        checkpoints=checkpoints,
        distribution=distribution,
        theory=pd.DataFrame(
            [
                {"checkpoint": c, "epoch": epochs[c], "order": k, "share": 0.9 * share[c, k - 1]}
                for c in (place if theory else ())
                for k in orders
            ],
            columns=["checkpoint", "epoch", "order", "share"],
        ),
        ratios=pd.DataFrame(
            [
                {"noise": noise, "order": k, "ratio": 1 + np.sqrt(noise) * (0.5 + 0.1 * k)}
                for noise in (0.01, 0.1, 1.0, 10.0)
                for k in orders[:-1]
            ],
            columns=["noise", "order", "ratio"],
        ),
        turning_epoch=epochs[min(2, len(epochs) - 1)],
        phase_epoch=phase,
        n_samples=50,
        label_noise=0.05,
        **({"unit": "log-odds"} | changes),
    )


def _distribution(epochs, mean, n, salient):
    """Bell-shaped distributions around the mean orders; their shares of a mean order's strength, by checkpoint."""
    orders = np.arange(1, n + 1)
    shape = np.exp(-0.5 * ((orders - mean[:, None]) / (0.16 * n + 0.3)) ** 2) * (1.0 if salient else 0.0)
    share = shape / (shape.mean(1, keepdims=True) if salient else 1.0)
    parts = {("and", "+"): 0.4, ("and", "-"): 0.25, ("or", "+"): 0.2, ("or", "-"): 0.15}
    rows = [
        {
            "checkpoint": c,
            "epoch": epoch,
            "order": k,
            "kind": kind,
            "sign": sign,
            "strength": 3.0 * part * shape[c, k - 1],
            "share": part * share[c, k - 1],
            "count": 20.0 * part * shape[c, k - 1],
        }
        for c, epoch in enumerate(epochs)
        for k in orders
        for (kind, sign), part in parts.items()
    ]
    return pd.DataFrame(rows), share
