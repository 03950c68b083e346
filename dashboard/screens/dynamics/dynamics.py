"""A training seen through its patterns: the two phases, the orders at each checkpoint, and what theory expects."""

from typing import Any

import streamlit as st

from dashboard.components.figures import show_figure, show_numbers
from dashboard.components.text import plain
from dashboard.state.state import selection
from interaction_engine import plots
from interaction_engine.methods.training_dynamics.result import Dynamics

MEASURES = {"share": "relative strength", "strength": "strength", "count": "number of patterns"}


def choose_epoch(result: Dynamics) -> int:
    """The epoch that is shown large and marked in the other figures."""
    epochs = [int(epoch) for epoch in result.checkpoints["epoch"]]
    if len(epochs) == 1:
        return epochs[0]
    start = result.phase_epoch if result.phase_epoch in epochs else result.turning_epoch
    return st.select_slider(
        "Epoch shown in detail",
        epochs,
        value=start if start in epochs else epochs[-1],
        key=f"dynamics/epoch/{selection().run}",
        persist_state="session",
    )


def show_phases(result: Dynamics, epoch: int) -> None:
    """Losses, their gap and the mean order on one time axis."""
    show_figure(
        "training-phases",
        lambda theme: plots.training_phases(result, epoch=epoch, theme=theme),
        result.checkpoints,
        result.provenance,
        alt="Training and test loss, their gap, and the mean order of the patterns over epochs; the table has them too",
    )


def choose_measure() -> str:
    """Draw the choice of what the bars show; return its key."""
    return st.segmented_control(
        "Bars",
        list(MEASURES),
        default="share",
        required=True,
        format_func=MEASURES.__getitem__,
        key="dynamics/measure",
        persist_state="session",
        help="Relative: the mean over all orders is 1, which compares networks and has a theory.",
    )


def show_checkpoint(result: Dynamics, epoch: int, measure: str) -> None:
    """One checkpoint large, with its numbers."""
    rows = result.checkpoints[result.checkpoints["epoch"] == epoch]
    header: dict[Any, Any] = rows.iloc[0].to_dict()
    st.subheader(f"At epoch {epoch:,}", anchor=False)
    figures = (
        ("Training loss", "train_loss"),
        ("Test loss", "test_loss"),
        ("Mean order", "mean_order"),
        ("Salient patterns", "salient"),
        ("Distance from theory", "distance"),
    )
    for (title, name), place in zip(figures, st.columns(len(figures)), strict=True):
        value = float(header[name])
        place.metric(title, f"{value:.3g}" if value == value else "unknown", border=True)
    checkpoint = int(header["checkpoint"])
    show_figure(
        "order-checkpoint",
        lambda theme: plots.order_checkpoint(result, checkpoint, measure=measure, theme=theme),
        result.distribution[result.distribution["checkpoint"] == checkpoint],
        result.provenance,
        alt="The patterns of this checkpoint by their order, and what theory expects",
    )


def show_panels(result: Dynamics, epoch: int, measure: str) -> None:
    """Every checkpoint small, on one scale."""
    st.subheader("At every checkpoint", anchor=False)
    show_figure(
        "order-panels",
        lambda theme: plots.order_panels(result, measure=measure, epoch=epoch, theme=theme),
        result.distribution,
        result.provenance,
        alt="A panel per checkpoint: the patterns by their order, all panels on one scale",
    )


def show_theory(result: Dynamics) -> None:
    """The ratios behind the theory."""
    st.header("Why simple patterns come first", anchor=False, divider="gray")
    st.caption(
        "Early in a training its parameters are effectively noisy. Under noise, a pattern of few players is learnt "
        "more strongly than one of many, and the more so the larger the noise; as the noise fades, larger patterns "
        "follow."
    )
    show_figure(
        "strength-ratios",
        lambda theme: plots.strength_ratios(result, theme=theme),
        result.ratios,
        result.provenance,
        alt="How much more strongly an order is learnt than the next, by noise",
    )


def show_table(result: Dynamics) -> None:
    """All checkpoints as numbers."""
    st.header("Checkpoints", anchor=False, divider="gray")
    number = st.column_config.NumberColumn
    plain_columns = {
        "train_loss": "Training loss",
        "test_loss": "Test loss",
        "loss_gap": "Gap",
        "mean_order": "Mean order",
        "mean_order_error": "± error",
        "salient": "Salient patterns",
        "noise": "Noise σ²",
        "distance": "Distance from theory",
    }
    st.dataframe(
        result.checkpoints,
        column_order=["epoch", *plain_columns],
        column_config={"epoch": number("Epoch")}
        | {name: number(title, format="%.4g") for name, title in plain_columns.items()},
        hide_index=True,
        height=min(430, 42 + 35 * len(result.checkpoints)),
        alt="The checkpoints: losses, mean order, and how well theory fits",
    )
    noise = f", {result.label_noise:.0%} of the training labels are wrong" if result.label_noise else ""
    st.caption(
        plain(
            f"{result.n_samples:,} samples decomposed at every checkpoint into patterns of {len(result.players)} "
            f"players{noise}. Scores in {result.unit}."
        )
    )
    show_numbers("checkpoints", result.checkpoints, result.provenance)
