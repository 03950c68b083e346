"""When the figures of two devices are the same."""

from collections.abc import Mapping

import numpy as np

LEFT_BY_ROUNDING = ("gap", "rounding", ".error", "matching_error", "identity_error")
PARTS = ("interaction", "total", "main_1", "main_2")
"""Columns that add up: what rounding leaves of one is measured by the largest of them."""


def assert_same_figures(found: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray]) -> None:
    """Figures agree to 1e-5 of the largest of their kind; what is left by rounding alone, all but 0, to 1e-5."""
    assert list(found) == list(expected)
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-5, atol=1e-5 * _largest(name, expected), err_msg=name)


def _largest(name: str, figures: Mapping[str, np.ndarray]) -> float:
    if name.endswith(LEFT_BY_ROUNDING):
        return 1.0
    table, _, column = name.rpartition(".")
    alike = [f"{table}.{part}" for part in PARTS] if column in PARTS else [name]
    found = [figures[one] for one in alike if one in figures]
    return max(float(np.abs(values[np.isfinite(values)]).max(initial=0.0)) for values in found)
