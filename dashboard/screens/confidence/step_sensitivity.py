"""Does the step matter? The ranking over other steps and other numbers of rows, computed when it is asked for."""

from typing import Any

import streamlit as st

from dashboard.components import run_panel, text
from dashboard.components.figures import show_figure
from dashboard.components.findings import caveats
from dashboard.state.attempts import latest
from dashboard.state.state import RunView, atlas, dataset, result_of
from interaction_engine import plots
from interaction_engine.core.status import RunStatus
from interaction_engine.methods import words
from interaction_engine.methods.common.pair_result import PairInteractions
from interaction_engine.methods.finite_differences.registration import SENSITIVITY
from interaction_engine.methods.finite_differences.sensitivity_result import StepSensitivity
from interaction_engine.runs.specification import Specification

PULLS = (10, 20, 50, 100, 200)
"""Background rows per pair; of few data, as many as there are."""

N_STEPS = 8
"""Steps that are tried, for what it will cost."""

MOST_PAIRS = 5000
"""Of more pairs a random choice is ranked, the strongest of the run among them."""

FOLLOWED = 10
"""Pairs whose ranks are drawn over the steps."""


def show_step_sensitivity(run: RunView, result: PairInteractions) -> None:
    """A button that tries other steps; once they are tried, what they gave."""
    st.header("Sensitivity to the step size", anchor=False, divider="gray")
    made = result.provenance.options
    if made.get("scheme", "swap") == "swap" or "step" not in made:
        st.caption("No part of this result depends on a step size.")
        return
    requested = _asked(run, result)
    view = latest(requested)
    if view is None:
        st.markdown(_why(result))
        if st.button("Test other step sizes", icon=":material/tune:", key="steps/try"):
            atlas().submit(requested)
            st.rerun()
        return
    view = run_panel.quiet(view.id, "Ranking the pairs at other step sizes")
    if view.status == RunStatus.DONE:
        tried = result_of(view.id)
        assert isinstance(tried, StepSensitivity)
        _show(tried, known=result.provenance.notes)


def _asked(run: RunView, result: PairInteractions) -> Specification:
    """The same model and data, moved in the same way, at other steps."""
    made = result.provenance.options
    options: dict[str, Any] = {name: made[name] for name in ("step", "scheme", "moves", "cross") if name in made}
    n_rows = len(dataset(run.specification.data).train_rows)
    if n_rows < PULLS[-1]:
        options["pulls"] = [*(pulls for pulls in PULLS if pulls < n_rows), n_rows]
    if len(result.table) > MOST_PAIRS:
        strongest = result.table.head(FOLLOWED)
        options |= {"most_pairs": MOST_PAIRS, "include": strongest[["feature_1", "feature_2"]].to_numpy().tolist()}
    requested = run.specification
    return Specification(
        kind="view",
        method=SENSITIVITY.name,
        options=options,
        data=requested.data,
        model=requested.model,
        class_index=requested.class_index,
        seed=requested.seed,
        compute=requested.compute,
    )


def _why(result: PairInteractions) -> str:
    """What the step is, and what trying others costs."""
    evaluations = 4 * min(len(result.table), MOST_PAIRS) * PULLS[-1] * N_STEPS
    pace = result.provenance.evaluations / max(result.provenance.seconds, 1e-3)
    cost = f"up to {text.amount(evaluations)} model evaluations"
    if pace > 0:
        cost += f", about {text.seconds(evaluations / pace)} at the pace of this run"
    return (
        f"Numbers were moved by {result.provenance.options['step']:g} standard deviations. A ranking that only holds "
        f"for that step says little: try smaller and larger ones, on fewer and more rows ({cost})."
    )


def _show(tried: StepSensitivity, known: tuple[str, ...]) -> None:
    """The sentence, the grid and the ranks; caveats that are `known` already stand above on the screen."""
    st.markdown(text.prose(words.sensitivity_sentence(tried)))
    caveats(tuple(note for note in tried.provenance.notes if note not in known))
    grid, ranks = st.columns(2, gap="medium")
    with grid:
        st.subheader("Steps and rows", anchor=False)
        st.caption(
            "How well each ranking tells true pairs from others: 1 is perfect, 0.5 is chance."
            if tried.truth_known
            else "How well each ranking agrees with the outlined one: 1 is the same order."
        )
        show_figure(
            "step-grid",
            lambda theme: plots.step_grid(tried, theme=theme),
            tried.to_frame(),
            tried.provenance,
            alt="A cell per step and number of rows, coloured by how good the ranking is there",
        )
    with ranks:
        st.subheader("The strongest pairs over the steps", anchor=False)
        st.caption("A horizontal line: the pair has the same rank at every step.")
        show_figure(
            "step-ranks",
            lambda theme: plots.step_ranks(tried, theme=theme),
            tried.ranks,
            tried.provenance,
            alt="The rank of each of the strongest pairs over the steps",
        )
