"""How small can the network be? ParaACE beside distillation, lottery tickets and SynFlow, from one run."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard.components import run_panel, text
from dashboard.components.failures import explained
from dashboard.components.figures import show_figure
from dashboard.components.findings import caveats
from dashboard.state.state import RunView, atlas, dataset, result_of
from interaction_engine import plots
from interaction_engine.core.status import RunStatus
from interaction_engine.methods import words
from interaction_engine.methods.additive_models.compression_result import Compression
from interaction_engine.methods.additive_models.registration import COMPRESSION
from interaction_engine.runs.specification import Specification

METHOD = COMPRESSION.name


def show(data_id: str) -> None:
    """The latest comparison of these data: while it runs, its progress; then what it found; without one, the form."""
    st.header("Compression", anchor=False, divider="gray")
    views = _comparisons(data_id)
    going = next((view for view in views if not view.finished), None)
    done = [view for view in views if view.status == RunStatus.DONE]
    if going is not None:
        run_panel.follow(going.id)
    elif views and views[0].status in (RunStatus.FAILED, RunStatus.CANCELLED):
        st.warning(text.prose(views[0].error or "The comparison was cancelled."), icon=":material/error:")
    if done:
        result = result_of(_chosen(done).id)
        assert isinstance(result, Compression)
        _show(result)
    if going is not None:
        return
    if done:
        with st.expander("Compare again, with other options", icon=":material/tune:"):
            _form(data_id)
        return
    st.markdown(
        "A large network, the teacher, is made as small as ParaACE in three usual ways: a small network learns from it "
        "(knowledge distillation), and its weights are cut (lottery ticket, SynFlow). All learn from the same rows and "
        "are judged on the same held-out rows. ParaACE with random pairs, and with no pairs at all, show what its "
        "interactions are worth."
    )
    _form(data_id)


def _comparisons(data_id: str) -> list[RunView]:
    """All comparisons of these data, newest first."""
    return [
        view for view in atlas().runs() if view.specification.method == METHOD and view.specification.data == data_id
    ]


def _chosen(done: list[RunView]) -> RunView:
    """The comparison on screen: the newest one, or an earlier one if that is chosen."""
    if len(done) == 1:
        return done[0]
    by_id = {view.id: view for view in done}
    chosen = st.selectbox("Comparison", list(by_id), format_func=lambda one: _words(by_id[one]), key="compression/run")
    return by_id[chosen]


def _words(view: RunView) -> str:
    """What tells one comparison from another."""
    options = view.specification.options
    teacher = "-".join(str(units) for units in options.get("teacher", ()))
    return f"Teacher {teacher}, seed {view.specification.seed}, {run_panel.when(view)}"


def _show(result: Compression) -> None:
    """The finding, the figure, and which interactions were given."""
    st.subheader(text.prose(words.compression_finding(result)), anchor=False)
    st.markdown(text.prose(words.chosen_pairs_sentence(result)))
    caveats(words.compression_caveats(result))
    show_figure(
        METHOD,
        lambda theme: plots.compression_bars(result, theme=theme),
        result.to_frame(),
        result.provenance,
        alt="A bar per network: its error on held-out rows, with its parameters beside it",
    )
    with st.expander("The interactions that were given", icon=":material/hub:"):
        st.dataframe(
            _interactions(result), hide_index=True, alt="The interactions that ParaACE was given, and random ones"
        )


def _interactions(result: Compression) -> pd.DataFrame:
    """Both lists side by side."""
    columns = {"ParaACE": result.interactions, "Random pairs": result.random}
    named = {name: pd.Series([" × ".join(one) for one in sets], dtype=str) for name, sets in columns.items()}
    return pd.DataFrame(named).fillna("")


def _form(data_id: str) -> None:
    """The options, drawn from the method's own signature, what they will cost, and the button."""
    from dashboard.components.forms import options_form
    from interaction_engine.methods.additive_models.compression.compression_cost import expected_seconds
    from interaction_engine.methods.registry import method  # which brings torch along, and no result needs it

    data = dataset(data_id)
    with explained():
        comparing = method(METHOD, "study")
        options: dict[str, Any] = comparing.read_options(options_form(comparing))
        st.caption(
            f"Seven networks are trained, in about {text.seconds(expected_seconds(data, options))} on one core, "
            "most of it for the lottery ticket. A smaller teacher, or fewer rows, take less."
        )
        if st.button("Compare", type="primary", icon=":material/play_arrow:", key="compression/go"):
            atlas().submit(Specification(kind="study", method=METHOD, options=options, data=data_id))
            st.rerun()
