"""When the figures of two devices are the same."""

from collections.abc import Mapping

import numpy as np

LEFT_BY_ROUNDING = ("gap", "rounding")


def assert_same_figures(found: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray]) -> None:
    """Figures agree to 1e-5 of the largest of their kind; what is left by rounding alone, all but 0, to 1e-5."""
    assert list(found) == list(expected)
    for name, values in expected.items():
        largest = 1.0 if name.endswith(LEFT_BY_ROUNDING) else np.abs(values[np.isfinite(values)]).max(initial=0.0)
        np.testing.assert_allclose(found[name], values, rtol=1e-5, atol=1e-5 * largest, err_msg=name)
