"""What may be done to a curve, and what comes of it."""

import numpy as np
import pytest
from scipy.interpolate import make_smoothing_spline

from interaction_engine.core.errors import InputError
from interaction_engine.models.additive.editing.edits import DrawnCurve, Edit, edited_curve

SOURCE = np.random.default_rng(0)
VALUES = np.sort(SOURCE.uniform(-3, 5, 60))
DENSITY = SOURCE.dirichlet(np.ones(60))
WAVES = DrawnCurve("a", VALUES, np.sin(3 * VALUES) + 0.3 * VALUES, DENSITY)
LEVELS = DrawnCurve("c", np.arange(4.0), np.array([2.0, -1.0, 0.5, 4.0]), np.array([0.4, 0.3, 0.2, 0.1]), tuple("pqrs"))


def after(curve=WAVES, **fields) -> DrawnCurve:
    return edited_curve(Edit((curve.feature,), **fields), curve)


def mean(curve: DrawnCurve) -> float:
    return float(np.average(curve.effects, weights=curve.density))


def test_a_clip_keeps_what_is_inside_and_nothing_outside():
    clipped = after(kind="clip", low=-0.5, high=0.8)
    inside = (WAVES.effects > -0.5) & (WAVES.effects < 0.8)
    np.testing.assert_array_equal(clipped.effects[inside], WAVES.effects[inside])
    assert set(clipped.effects[~inside]) == {-0.5, 0.8}
    assert after(kind="clip", high=0.0).effects.min() == WAVES.effects.min()
    np.testing.assert_array_equal(after(LEVELS, kind="clip", low=0.0).effects, [2.0, 0.0, 0.5, 4.0])


def test_flattening_is_level_between_its_ends_and_keeps_the_mean():
    flat = after(kind="flatten", start=-1.0, end=2.5)
    between = np.linspace(-1.0, 2.5, 1000)
    level = np.interp(between, flat.values, flat.effects)
    np.testing.assert_allclose(level, level[0])
    outside = (VALUES < -1.0) | (VALUES > 2.5)
    np.testing.assert_array_equal(np.interp(VALUES, flat.values, flat.effects)[outside], WAVES.effects[outside])
    assert mean(flat) == pytest.approx(mean(WAVES), abs=1e-6)
    assert flat.density.sum() == pytest.approx(1.0)


def test_flattened_levels_share_their_mean():
    flat = after(LEVELS, kind="flatten", levels=("p", "s"))
    shared = (0.4 * 2.0 + 0.1 * 4.0) / 0.5
    np.testing.assert_allclose(flat.effects, [shared, -1.0, 0.5, shared])


@pytest.mark.parametrize("direction", ["increasing", "decreasing"])
def test_a_monotone_curve_never_turns_and_is_the_nearest_one(direction):
    made = after(kind="monotone", direction=direction)
    sign = 1 if direction == "increasing" else -1
    assert (sign * np.diff(made.effects)).min() >= 0
    assert mean(made) == pytest.approx(mean(WAVES), abs=1e-6)
    error = np.average((made.effects - WAVES.effects) ** 2, weights=DENSITY)
    for other in SOURCE.normal(0, 0.05, (50, 60)):
        tried = np.maximum.accumulate(sign * made.effects + other)
        assert np.average((sign * tried - WAVES.effects) ** 2, weights=DENSITY) > error
    line = DrawnCurve("a", VALUES, sign * VALUES, DENSITY)
    np.testing.assert_allclose(after(line, kind="monotone", direction=direction).effects, line.effects)


def test_smoothing_keeps_lines_and_the_mean_and_halves_a_wave_of_its_length():
    line = DrawnCurve("a", VALUES, 2 - 3 * VALUES, DENSITY)
    np.testing.assert_allclose(after(line, kind="smooth", strength=5.0).effects, line.effects, atol=1e-6)
    assert mean(after(kind="smooth", strength=0.3)) == pytest.approx(mean(WAVES), abs=1e-6)
    even = np.linspace(0, 10, 401)
    wave = DrawnCurve("a", even, np.cos(2 * np.pi * even / 2.0), np.full(401, 1 / 401))
    middle = slice(100, 301)
    for strength, left in ((0.2, 0.5), (0.05, 256 / 257), (0.8, 1 / 257)):
        kept = after(wave, kind="smooth", strength=strength).effects[middle]
        assert kept @ wave.effects[middle] / (wave.effects[middle] @ wave.effects[middle]) == pytest.approx(
            left, abs=0.01
        )
    two = DrawnCurve("a", np.array([0.0, 1.0]), np.array([3.0, 4.0]), np.array([0.5, 0.5]))
    assert after(two, kind="smooth", strength=1.0) is two


@pytest.mark.parametrize("strength", [0.05, 0.3, 2.0])
def test_the_smoothing_spline_is_scipys(strength):
    span, weights = np.ptp(VALUES), DENSITY + 1e-9
    spline = make_smoothing_spline(
        VALUES / span, WAVES.effects, w=weights / weights.sum(), lam=(strength / (2 * np.pi)) ** 4
    )
    np.testing.assert_allclose(
        after(kind="smooth", strength=strength).effects, spline(VALUES / span), atol=1e-5 * np.ptp(WAVES.effects)
    )


def test_an_edit_survives_being_written():
    for edit in (
        Edit(("a",), "clip", low=1, high=2.5, class_index=1),
        Edit(("c",), "flatten", levels=("p", "q")),
        Edit(("a", "b", "c"), "off"),
    ):
        assert Edit.read(edit.written()) == edit
    assert Edit(("a",), "clip", low=0).written() == {"features": ["a"], "kind": "clip", "low": 0.0}


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"kind": "clip"}, "needs `low`, `high` or both"),
        ({"kind": "clip", "low": 2.0, "high": 1.0}, "must not be above `high`; got 2 and 1"),
        ({"kind": "clip", "low": float("nan")}, "must be finite"),
        ({"kind": "flatten"}, "needs `start` and `end`"),
        ({"kind": "flatten", "start": 1.0}, "needs `start` and `end`"),
        ({"kind": "flatten", "start": 1.0, "end": 1.0}, "must be below `end`"),
        ({"kind": "flatten", "start": 1.0, "end": 2.0, "levels": ("p",)}, "needs `start` and `end`"),
        ({"kind": "monotone"}, '"increasing" or "decreasing"; got None'),
        ({"kind": "smooth", "strength": 0.0}, "must be above 0"),
        ({"kind": "smooth", "strength": 1.0, "low": 0.0}, "`low` does not belong to the edit 'smooth'"),
        ({"kind": "clip", "low": 0.0, "features": ("a", "b")}, "`a` and `b` can be switched off"),
        ({"kind": "off", "features": ()}, "names the features"),
        ({"kind": "off", "features": ("a", "a")}, "each once"),
    ],
)
def test_an_edit_that_means_nothing_is_refused(fields, says):
    with pytest.raises(InputError, match=says):
        Edit(**{"features": ("a",), **fields})


@pytest.mark.parametrize(
    ("curve", "fields", "says"),
    [
        (LEVELS, {"kind": "monotone", "direction": "increasing"}, "no order in which its curve could be monotone"),
        (LEVELS, {"kind": "smooth", "strength": 0.5}, "no order in which its curve could be smooth"),
        (LEVELS, {"kind": "flatten", "start": 0.0, "end": 1.0}, "name some of its `levels`"),
        (LEVELS, {"kind": "flatten", "levels": ("x",)}, "no level `x`; it has `p`, `q`, `r`, `s`"),
        (WAVES, {"kind": "flatten", "levels": ("p",)}, "name `start` and `end`"),
        (WAVES, {"kind": "flatten", "start": 7.0, "end": 9.0}, "no rows of `a` from 7 to 9"),
    ],
)
def test_an_edit_that_its_curve_cannot_bear_is_refused(curve, fields, says):
    with pytest.raises(InputError, match=says):
        after(curve, **fields)
