"""Take one prediction apart: what it will cost, what the model says of it, and the button that starts it."""

import math

import streamlit as st

from dashboard.components import run_panel
from dashboard.components.costs import show_cost
from dashboard.components.failures import explained
from dashboard.components.text import plain
from dashboard.screens.and_or.and_or_ways import Options, ask
from dashboard.state.state import atlas, result_of, select, selection
from interaction_engine.core.status import RunStatus
from interaction_engine.core.types import TargetKind
from interaction_engine.data.dataset import Dataset
from interaction_engine.methods.and_or.registration import AND_OR
from interaction_engine.methods.and_or.result import AndOrPatterns
from interaction_engine.runs.specification import Specification

SURE = math.log(999.0)
"""Log-odds beyond which a probability is only told to be near 1, or to 0."""


def teach(data: Dataset, model: str) -> None:
    """What this screen is for, and the shortest way to its first result."""
    with st.container(border=True, key="empty"):
        st.subheader(":material/join_inner: No prediction decomposed yet", anchor=False)
        st.markdown(
            "One prediction is scored with every choice of its parts masked: features of a row, words of a sentence, "
            "patches of a picture. The scores are then split into as few patterns as possible: **AND** patterns take "
            "part when all their members are there, **OR** patterns when any of them is. Together they give every one "
            "of these scores exactly."
        )
        start(data, model, predict=True)


def start(data: Dataset, model: str, *, predict: bool = False) -> None:
    """What is taken apart, its cost, and the button; `predict` asks the model what it says of the row."""
    options = ask(data)
    if options is not None:
        if predict and "row" in options and len(data.space) > 1:
            with explained():
                _show_prediction(data, model, int(options["row"]))
        with explained():
            _offer(model, options, "Decompose this sentence" if "sentence" in options else "Decompose this prediction")
    with st.expander("A sentence, with your own text classifier", icon=":material/folder_open:"), explained():
        _bring_classifier(data, model)


def _offer(model: str, options: Options, words: str, key: str = "and-or/go") -> None:
    """What a run will cost, and the button that starts it."""
    data = str(selection().data)
    view = show_cost(Specification(kind="plan", method=AND_OR.name, options=options, data=data, model=model))
    if view.status != RunStatus.FAILED and st.button(words, type="primary", icon=":material/call_split:", key=key):
        select(run=atlas().submit(_specification(model, options)))
        st.rerun()


def _bring_classifier(data: Dataset, model: str) -> None:
    """A Hugging Face text classifier on this machine, and a sentence for it."""
    st.markdown(
        "A folder on the server that holds a text classifier as `save_pretrained` of Hugging Face's `transformers` "
        "writes it, its weights as `.safetensors`. Nothing is downloaded, and no code from it is run."
    )
    folder = st.text_input("Folder", placeholder="/models/sentiment", key="and-or/folder", persist_state="session")
    sentence = st.text_area("Sentence for it", height=80, key="and-or/folder-sentence", persist_state="session")
    if folder.strip() and sentence.strip():
        options: Options = {"sentence": sentence.strip(), "folder": folder.strip()}
        _offer(model, options, "Decompose its sentence", key="and-or/folder-go")


def _show_prediction(data: Dataset, model: str, row: int) -> None:
    """The score of the whole row: the smallest run that has it, of two players."""
    options = {"row": row, "players": list(data.space.names[:2])}
    requested = Specification(kind="view", method=AND_OR.name, options=options, data=str(selection().data), model=model)
    view = run_panel.quiet(atlas().submit(requested), "Computing the prediction of this row")
    if view.status != RunStatus.DONE:
        return
    result = result_of(view.id)
    assert isinstance(result, AndOrPatterns)
    score = float(result.samples["score"].iloc[0])
    chance = "" if data.target.kind is TargetKind.REGRESSION else f", a probability of {_probability(score)}"
    st.markdown(f"The model predicts **{plain(f'{score:.4g}')}** ({plain(result.unit)}{chance}).")


def _probability(log_odds: float) -> str:
    """Log-odds as a probability, never rounded to nothing or to certainty."""
    if abs(log_odds) > SURE:
        return "more than 0.999" if log_odds > 0 else "less than 0.001"
    return f"{1.0 / (1.0 + math.exp(-log_odds)):.3f}"


def _specification(model: str, options: Options) -> Specification:
    from interaction_engine.methods.registry import method  # which brings torch along, and no result needs it

    read = method(AND_OR.name).read_options(options)
    return Specification(kind="detect", method=AND_OR.name, options=read, data=str(selection().data), model=model)
