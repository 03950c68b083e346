"""What a screen needs before it can show anything; where it is missing, a sentence and a button that goes there."""

from typing import NoReturn

import streamlit as st

from dashboard.components import run_panel
from dashboard.components.text import name
from dashboard.screens.and_or import and_or_start
from dashboard.screens.dynamics import dynamics_start
from dashboard.screens.explain import explain_start
from dashboard.screens.model.model_report import need_report
from dashboard.state.state import RunView, atlas, dataset, go, result_of, select, selection
from interaction_engine.core.result import Result
from interaction_engine.core.status import RunStatus
from interaction_engine.core.types import Capability, TargetKind
from interaction_engine.data.dataset import Dataset
from interaction_engine.methods.and_or.registration import AND_OR
from interaction_engine.methods.and_or.result import AndOrPatterns
from interaction_engine.methods.bayesian.result import GroupHessians
from interaction_engine.methods.common.pair_result import PairInteractions
from interaction_engine.methods.finite_differences.registration import CLIQUES
from interaction_engine.methods.finite_differences.set_result import SubsetInteractions
from interaction_engine.methods.hessians.registration import EXPECTED_HESSIANS, INTEGRATED_HESSIANS
from interaction_engine.methods.hessians.result import RowExplanations
from interaction_engine.methods.registry import METHODS
from interaction_engine.methods.training_dynamics.registration import DYNAMICS
from interaction_engine.methods.training_dynamics.result import Dynamics

WANTED_METHOD = "method/wanted"
"""Where a screen leaves the name of the method that the Detect screen is to propose."""


def empty(title: str, why: str, button: str, page: str, icon: str, method: str | None = None) -> NoReturn:
    """Show what is missing, why it is needed, and the button that leads to it.

    On the Detect screen it leads to a method that is then chosen already.
    """
    with st.container(border=True, key="empty"):
        st.subheader(f":material/{icon}: {title}", anchor=False)
        st.markdown(why)
        if st.button(button, type="primary", icon=":material/arrow_forward:", key="empty/go"):
            if method:
                st.session_state[WANTED_METHOD] = method
            go(page)
    st.stop()


def need_data() -> Dataset:
    """The current data set."""
    current = selection().data
    if current is None:
        empty(
            "No data yet",
            "Everything here is computed from a table: a row per case, a column per feature, a column to predict.",
            "Choose data",
            "data",
            "table",
        )
    return dataset(current)


def need_model() -> str:
    """The id of the current model."""
    current = selection().model
    if current is None:
        empty(
            "No model yet",
            "Interactions are measured on a model of your data: train one here, or import one that you have.",
            "Train or import a model",
            "model",
            "neurology",
        )
    return current


def need_pairs() -> tuple[RunView, PairInteractions]:
    """The current run and its pairs; while it runs, its live race; when it failed, why."""
    view, result = _need_run(
        "A detection measures how strongly each pair of features acts together. A sample shows one in half a minute."
    )
    if isinstance(result, SubsetInteractions | RowExplanations | GroupHessians):
        return view, result.pairs()
    if not isinstance(result, PairInteractions):
        _offer_latest(*(one.name for one in METHODS.values() if one.has_pairs))
        empty(
            "This run found no pairs",
            "It analysed single predictions or a training, not pairs.",
            "Start a detection",
            "detect",
            "radar",
        )
    return view, result


def need_subsets() -> tuple[RunView, SubsetInteractions]:
    """The current run and its sets of features of any order; a run of pairs only leads to one that looks for more."""
    view, result = _need_run(
        "A detection of larger sets tells whether three or more features act together beyond what their pairs explain."
    )
    if not isinstance(result, SubsetInteractions):
        _offer_latest(CLIQUES.name)
        empty(
            "This run looked at pairs only" if isinstance(result, PairInteractions) else "This run looked at no sets",
            "Three or more features can act together in a way that no pair of them shows. The method for larger sets "
            "takes the accepted pairs, tries every group in which each feature interacts with each other, and goes on "
            "to larger groups as long as it finds any.",
            "Look for larger sets",
            "detect",
            "hub",
            method=CLIQUES.name,
        )
    return view, result


def need_patterns() -> tuple[RunView, AndOrPatterns]:
    """The current run and the patterns of the predictions that it took apart; without one, the way to start it."""
    data, model = need_data(), need_model()
    view = _current_of(AND_OR.name)
    if view is None or view.status != RunStatus.DONE:
        _offer_latest(AND_OR.name)
        and_or_start.teach(data, model)
        st.stop()
    result = result_of(view.id)
    assert isinstance(result, AndOrPatterns)
    return view, result


def need_dynamics() -> tuple[RunView, Dynamics]:
    """The current run and the training that it watched; without one, the form that starts it."""
    data = need_data()
    if data.target.kind is TargetKind.REGRESSION:
        empty(
            "This needs classes",
            f"Training dynamics follow the log-odds of the true class; {name(data.target.name)} is a number. Choose "
            "data with classes to predict, such as a sample of digits.",
            "Choose data",
            "data",
            "table",
        )
    model = need_model()
    view = _current_of(DYNAMICS.name)
    if view is None or view.status != RunStatus.DONE:
        _offer_latest(DYNAMICS.name)
        dynamics_start.teach(data, model)
        st.stop()
    result = result_of(view.id)
    assert isinstance(result, Dynamics)
    return view, result


def need_explanations() -> tuple[RunView, RowExplanations]:
    """The current run and the rows that it explained; without one, the form that starts it."""
    data, model = need_data(), need_model()
    methods = (INTEGRATED_HESSIANS.name, EXPECTED_HESSIANS.name)
    view = _current_of(*methods)
    if view is None or view.status != RunStatus.DONE:
        if Capability.GRADIENTS not in need_report().capabilities:
            empty(
                "This model gives no derivatives",
                "Rows are explained by the derivatives of the model, and "
                f"{name(atlas().store.model_card(model)['name'])} only gives predictions. A prediction can "
                "still be decomposed by masking its features in every possible way.",
                "Decompose a prediction",
                "and_or",
                "join_inner",
            )
        _offer_latest(*methods)
        explain_start.teach(data, model)
        st.stop()
    result = result_of(view.id)
    assert isinstance(result, RowExplanations)
    return view, result


def _current_of(*methods: str) -> RunView | None:
    """The current run where it is of these methods: its live panel while it runs, why where it failed."""
    current = selection().run
    if current is None or atlas().run(current).specification.method not in methods:
        return None
    view = run_panel.follow(current)
    if not view.finished:
        st.stop()
    return view


def _offer_latest(*methods: str) -> None:
    """A way back to the latest finished run of one of these methods on the same data and model, where there is one."""
    current = selection()
    for view in atlas().runs():
        requested = view.specification
        same = requested.kind == "detect" and requested.data == current.data and requested.model == current.model
        if same and view.status == RunStatus.DONE and view.id != current.run and requested.method in methods:
            words = f"Open the latest result for this screen ({run_panel.when(view)})"
            if st.button(words, icon=":material/history:", key="empty/latest"):
                select(run=view.id)
                st.rerun()
            return


def _need_run(why: str) -> tuple[RunView, Result]:
    """The current run and its result, once it has one."""
    current = selection().run
    if current is None:
        empty(
            "No run yet",
            why,
            "Start a detection" if selection().model else "See how to start one",
            "detect" if selection().model else "start",
            "radar",
        )
    view = run_panel.follow(current)
    if view.status != RunStatus.DONE:
        st.stop()
    return view, result_of(current)
