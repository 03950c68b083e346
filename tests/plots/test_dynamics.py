"""Figures of a training: one time axis with epoch 0, the marked epochs, one scale for all checkpoints."""

import numpy as np
import pytest

from interaction_engine import plots
from interaction_engine.core.errors import InputError
from tests.plots.made_patterns import EPOCHS, dynamics

pytestmark = pytest.mark.slow


def named(figure):
    return {trace.name: trace for trace in figure.data}


def notes(figure):
    return [note.text for note in figure.layout.annotations]


def test_all_panels_share_the_time_axis():
    curves = named(plots.training_phases(dynamics()))
    for name in ("training loss", "test loss", "gap: test minus training", "mean order"):
        assert 10.0 ** np.asarray(curves[name].x) - 1 == pytest.approx(EPOCHS)
    gap = np.asarray(curves["test loss"].y) - np.asarray(curves["training loss"].y)
    assert curves["gap: test minus training"].y == pytest.approx(gap)


def test_both_phases_are_marked():
    figure = plots.training_phases(dynamics(phase=16))
    assert notes(figure) == ["lowest mean order (epoch 2)", "phase 2 begins (epoch 16)"]
    shades = [shape for shape in figure.layout.shapes if shape.type == "rect"]
    assert {shape.x0 for shape in shades} == {np.log10(17)}


def test_without_a_second_phase_none_is_marked():
    figure = plots.training_phases(dynamics(phase=None))
    assert notes(figure) == ["lowest mean order (epoch 2)"]
    assert not [shape for shape in figure.layout.shapes if shape.type == "rect"]


def test_another_epoch_can_be_marked_too():
    lines = [{shape.x0 for shape in plots.training_phases(dynamics(), epoch=e).layout.shapes} for e in (4, 2, None)]
    assert lines[0] - lines[2] == {np.log10(5)}
    assert lines[1] == lines[2]


def test_the_band_is_one_standard_error():
    band = named(plots.training_phases(dynamics()))["± one standard error"]
    half = len(EPOCHS)
    assert np.asarray(band.y[:half]) - np.asarray(band.y[half:][::-1]) == pytest.approx(2 * 0.12)


def test_a_running_training_is_drawn_as_far_as_it_is_known():
    partial = {"kind": "dynamics", "epoch": [0, 1], "train_loss": [2.0, 1.0], "test_loss": [2.1], "mean_order": []}
    curves = named(plots.training_phases(partial))
    assert list(curves["training loss"].y) == [2.0, 1.0]
    assert np.isnan(curves["test loss"].y[1])
    assert np.isnan(curves["mean order"].y).all()
    assert "on its way" in notes(plots.training_phases({"kind": "dynamics"}))[0]


def test_panels_have_one_scale_that_holds_every_stack_and_the_theory():
    made = dynamics()
    figure = plots.order_panels(made)
    assert len([note for note in notes(figure) if "epoch" in note]) == len(EPOCHS)
    axes = [figure.layout[name] for name in figure.layout if str(name).startswith("yaxis")]
    ranges = {tuple(axis.range) for axis in axes}
    highest = made.distribution.groupby(["checkpoint", "order"])["share"].sum().max()
    assert len(ranges) == 1
    assert ranges.pop()[1] >= max(highest, made.theory["share"].max())


def test_the_stack_of_a_checkpoint_is_its_distribution():
    made = dynamics()
    figure = plots.order_checkpoint(made, 3)
    stack = sum(np.asarray(trace.y) for trace in figure.data if trace.type == "bar")
    mine = made.distribution[made.distribution["checkpoint"] == 3]
    assert stack == pytest.approx(mine.groupby("order")["share"].sum().to_numpy())
    assert stack.mean() == pytest.approx(1)
    theory = named(figure)["theory (Theorem 3)"]
    assert theory.y == pytest.approx(made.theory[made.theory["checkpoint"] == 3]["share"].to_numpy())


def test_theory_belongs_to_shares_only():
    assert "theory (Theorem 3)" not in named(plots.order_checkpoint(dynamics(), 3, measure="count"))
    assert "theory (Theorem 3)" not in named(plots.order_panels(dynamics(theory=False)))


def test_of_many_checkpoints_the_marked_ones_are_kept():
    epochs = tuple(range(0, 80, 2))
    figure = plots.order_panels(dynamics(epochs=epochs, phase=22), epoch=30)
    said = notes(figure)
    assert {"epoch 0", "epoch 78", "epoch 30", "<b>epoch 22: phase 2</b>", "<b>epoch 4: lowest</b>"} <= set(said)
    panels = [text for text in said if "epoch" in text]
    assert len(panels) <= 15
    assert f"{40 - len(panels)} further checkpoints not drawn" in figure.layout.title.text


def test_the_chosen_epoch_is_outlined():
    assert len(plots.order_panels(dynamics(), epoch=8).layout.shapes) == 1
    assert len(plots.order_panels(dynamics()).layout.shapes) == 0


def test_ratios_are_drawn_by_noise_on_a_logarithmic_axis():
    made = dynamics()
    lines = named(plots.strength_ratios(made))
    assert list(lines) == ["σ² = 0.01", "σ² = 0.1", "σ² = 1", "σ² = 10"]
    rows = made.ratios[made.ratios["noise"] == 10]
    assert 10 ** np.asarray(lines["σ² = 10"].y) == pytest.approx(rows["ratio"].to_numpy())


def test_a_training_without_patterns_says_so():
    made = dynamics(salient=False)
    for figure in (plots.order_panels(made), plots.order_checkpoint(made, 0)):
        assert not figure.data
        assert "No checkpoint has a salient pattern" in notes(figure)[0]
    assert named(plots.training_phases(made))["test loss"].y[0] > 0


@pytest.mark.parametrize("n", [2, 20])
def test_few_and_many_players_are_drawn(n):
    made = dynamics(n=n)
    for figure in (plots.order_panels(made), plots.order_checkpoint(made, 0), plots.strength_ratios(made)):
        assert figure.data


def test_a_single_checkpoint_is_drawn():
    made = dynamics(epochs=(0,), phase=None)
    assert plots.training_phases(made).data
    assert plots.order_panels(made).data


@pytest.mark.parametrize(
    "draw",
    [
        lambda: plots.order_panels(dynamics(), measure="size"),
        lambda: plots.order_checkpoint(dynamics(), 0, measure="size"),
        lambda: plots.order_checkpoint(dynamics(), 99),
    ],
)
def test_what_is_not_there_is_refused(draw):
    with pytest.raises(InputError, match="must"):
        draw()
