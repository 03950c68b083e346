"""The models of the Shapes screen: which there are, which stand side by side, and those still to be trained."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboard.components import run_panel, text
from dashboard.screens.model.model_report import finished_report
from dashboard.state.state import RunView, atlas, result_of, select, selection
from interaction_engine.core.status import RunStatus
from interaction_engine.core.types import Capability
from interaction_engine.methods.additive_models.registration import EBM, EDIT, FOREST, GAM, LINEAR, NIT, PARAACE, SHAPES
from interaction_engine.methods.networks.registration import ENSEMBLE, MLP, WORDS
from interaction_engine.models.additive.shape_result import Shapes
from interaction_engine.models.model_report import ModelReport
from interaction_engine.runs.specification import Specification

KINDS = {
    GAM.name: ("Spline GAM", "a smooth curve for every feature; seconds"),
    EBM.name: ("EBM", "boosted trees, curves and the strongest pairs; up to a minute or two"),
    NIT.name: ("NIT", "a network that learns which features belong together; minutes"),
    PARAACE.name: ("ParaACE", "small networks of single features and of pairs; up to a minute or two"),
    LINEAR.name: ("Linear", "a straight line for every feature; seconds"),
    FOREST.name: ("Forest", "for comparison: no curves can be read from it; seconds"),
}
"""Kinds of models that are trained from this screen: name, and what to expect."""

OTHERS = {MLP.name: "Network", ENSEMBLE.name: "Ensemble", WORDS.name: "Network of words", EDIT.name: "edited"}

FIRST = (GAM.name, EBM.name, NIT.name)
"""Kinds proposed where there is none yet: from the plainest to the one that learns its own interactions."""

AT_FIRST = 4
"""Models side by side before the user has chosen."""

MOST = 6
"""Models side by side at most: more columns could not be read."""

EDITED = "shapes/edited"
"""The menu of the model that is edited."""

AWAITED = "shapes/awaited"
"""The session's trainings that join the models side by side when they are done."""


@dataclass(frozen=True)
class Known:
    """A model of the current data: its id, its name on this screen, the run that made it, and what is known of it."""

    id: str
    label: str
    run: RunView
    report: ModelReport

    @property
    def drawable(self) -> bool:
        """Whether it is a sum of terms."""
        return Capability.TERMS.value in self.report.capabilities


def known_models(data_id: str) -> list[Known]:
    """All models of these data that were trained or brought here, newest first."""
    made: dict[str, tuple[RunView, ModelReport]] = {}
    for view in atlas().runs():
        specification = view.specification
        if specification.kind in ("train", "check") and specification.data == data_id and view.status == RunStatus.DONE:
            report = finished_report(view.id)
            if report is not None and (report.model_id not in made or specification.kind == "train"):
                made[report.model_id] = (view, report)
    labels = _labels({identifier: view.specification for identifier, (view, _) in made.items()}, made)
    return [Known(identifier, labels[identifier], view, report) for identifier, (view, report) in made.items()]


def side_by_side(known: Sequence[Known]) -> list[Known]:
    """The drawable models in the address, or the latest of each kind; the menu that changes them."""
    drawable = {model.id: model for model in known if model.drawable}
    _welcome(drawable)
    chosen = [identifier for identifier in selection().models or () if identifier in drawable][:MOST]
    if not chosen:
        chosen = _proposed(list(drawable.values()))
        select(models=tuple(chosen))
    key = "shapes/models"
    st.session_state[key] = chosen

    def choose() -> None:
        select(models=tuple(st.session_state[key]) or None)

    st.multiselect(
        "Models side by side",
        list(drawable),
        key=key,
        format_func=lambda identifier: drawable[identifier].label,
        on_change=choose,
        placeholder="The latest of each kind",
        max_selections=MOST,
    )
    return [drawable[identifier] for identifier in chosen]


def drawn(models: Sequence[Known], class_index: int | None) -> dict[str, Shapes]:
    """The shapes of the models by their names, computed when first asked for; those not done yet are left out."""
    result: dict[str, Shapes] = {}
    for model in models:
        view = Specification(
            kind="view", method=SHAPES.name, data=model.run.specification.data, model=model.id, class_index=class_index
        )
        state = run_panel.quiet(atlas().submit(view), f"Drawing the shapes of {model.label}")
        if state.status == RunStatus.DONE:
            shapes = result_of(state.id)
            assert isinstance(shapes, Shapes)
            result[model.label] = shapes
    return result


def train_more(data_id: str, known: Sequence[Known]) -> None:
    """The live panels of trainings from here, and a way to train the kinds that are missing."""
    under_way = _follow(data_id)
    there = {model.run.specification.method for model in known} | under_way
    missing = [kind for kind in KINDS if kind not in there]
    if not missing:
        st.page_link("pages/model.py", label="Train with other options on the Model screen", icon=":material/tune:")
        return
    with st.expander("Train another kind of model", icon=":material/add:", expanded=not there):
        _offer(data_id, missing)


def teach(data_id: str, known: Sequence[Known]) -> None:
    """The empty screen: what an additive model is, and the kinds to train."""
    with st.container(border=True, key="empty"):
        st.subheader(":material/show_chart: No model with shapes yet", anchor=False)
        st.markdown(
            "Some models are sums: a curve for each feature, a map for each interaction. Whatever they predict can be "
            "read off these shapes. Train a few kinds side by side: what all of them show is in the data."
        )
        under_way = _follow(data_id)
        there = {model.run.specification.method for model in known} | under_way
        missing = [kind for kind in KINDS if kind not in there]
        if missing:
            _offer(data_id, missing)


def _offer(data_id: str, missing: Sequence[str]) -> None:
    proposed = [kind for kind in FIRST if kind in missing] if set(FIRST) <= set(missing) else list(missing[:1])
    chosen = st.pills(
        "Kinds of models",
        missing,
        selection_mode="multi",
        default=proposed,
        format_func=lambda kind: KINDS[kind][0],
        key=f"shapes/kinds/{'-'.join(missing)}",
        label_visibility="collapsed",
    )
    if chosen:
        st.caption("  \n".join(f"{KINDS[kind][0]}: {KINDS[kind][1]}." for kind in chosen))
    with st.container(horizontal=True, vertical_alignment="center", key="shapes/train-row"):
        if st.button("Train", type="primary", icon=":material/play_arrow:", key="shapes/train", disabled=not chosen):
            for kind in chosen:
                await_training(atlas().submit(_training(kind, data_id)))
            st.rerun()
        st.page_link("pages/model.py", label="Other options are on the Model screen", icon=":material/tune:")


def await_training(run_id: str) -> None:
    """Have the model of this training join those side by side when it is done."""
    st.session_state.setdefault(AWAITED, []).append(run_id)


def _training(kind: str, data_id: str) -> Specification:
    """The training of a kind of model with its usual options, all of them named."""
    from interaction_engine.methods.registry import method  # which brings torch along

    return Specification(kind="train", method=kind, options=method(kind, "trainer").read_options({}), data=data_id)


def _follow(data_id: str) -> set[str]:
    """The panels of unfinished trainings, and of those from here that failed; returns the kinds under way."""
    under_way = set()
    if (training := selection().training) and not atlas().run(training).finished:
        await_training(training)  # started on the Model screen, or once more from its panel here
    for run_id in dict.fromkeys(st.session_state.get(AWAITED, [])):
        view = atlas().run(run_id)
        if view.specification.data != data_id or view.status == RunStatus.DONE:
            continue
        run_panel.follow(run_id)
        if not view.finished:
            under_way.add(view.specification.method)
    return under_way


def _welcome(drawable: Mapping[str, Known]) -> None:
    """Trainings that have finished join the models side by side, of several edits of one model the newest."""
    awaited: list[str] = st.session_state.get(AWAITED, [])
    done = [model for model in drawable.values() if model.run.id in awaited]
    if not done:
        return
    finished = {model.run.id for model in done}
    st.session_state[AWAITED] = [run_id for run_id in awaited if run_id not in finished]
    shown = list(selection().models or ())
    for model in done if shown else ():
        if model.run.specification.method == EDIT.name:
            st.session_state[f"{EDITED}/wanted"] = model.label
            shown = [one for one in shown if not _of_one_base(drawable.get(one), model)]
        shown = [*(one for one in shown if one != model.id), model.id]
    if shown:
        select(models=tuple(shown[-MOST:]))


def _of_one_base(one: Known | None, other: Known) -> bool:
    """Whether two models are edits of the same one."""
    edits = [model.run.specification for model in (one, other) if model is not None]
    return len(edits) == 2 and edits[0].method == edits[1].method == EDIT.name and edits[0].model == edits[1].model


def _proposed(drawable: Sequence[Known]) -> list[str]:
    """The current model, where it can be drawn, and the latest of each kind, in the order of the kinds."""
    latest: dict[str, Known] = {}
    for model in drawable:
        latest.setdefault(model.run.specification.method, model)
    current = next((model for model in drawable if model.id == selection().model), None)
    kinds = [*KINDS, *(kind for kind in latest if kind not in KINDS and kind != EDIT.name)]
    others = [latest[kind] for kind in kinds if kind in latest and latest[kind] is not current]
    chosen = [*([current] if current else []), *others][:AT_FIRST]
    return [model.id for model in chosen] or [model.id for model in drawable[:1]]


def _labels(requested: Mapping[str, Specification], made: Mapping[str, tuple[RunView, ModelReport]]) -> dict[str, str]:
    """A name for each model that tells it apart: its kind, and the options in which its like differ."""
    labels: dict[str, str] = {}
    for identifier, specification in requested.items():
        like = [one for one in requested.values() if one.method == specification.method]
        labels[identifier] = ", ".join([_kind(specification, made[identifier][1]), *_differing(specification, like)])
    for identifier, specification in requested.items():
        if specification.method == EDIT.name and specification.model in labels:
            n_edits = len(specification.options.get("edits") or ())
            labels[identifier] = f"{labels[specification.model]}, {n_edits} edit{'s' * (n_edits != 1)}"
    seen: dict[str, int] = {}
    for identifier in reversed(labels):  # the oldest keeps the plain name
        name = labels[identifier]
        seen[name] = seen.get(name, 0) + 1
        labels[identifier] = name if seen[name] == 1 else f"{name} ({seen[name]})"
    return labels


def _kind(specification: Specification, report: ModelReport) -> str:
    if specification.kind == "check":
        return text.short(report.name, 30)
    titles = OTHERS | {kind: title for kind, (title, _) in KINDS.items()}
    return titles.get(specification.method, specification.method)


def _differing(specification: Specification, like: Sequence[Specification]) -> list[str]:
    """The options, and the seed, in which trainings of one kind differ; two at most."""
    names = sorted({name for one in like for name in one.options})
    apart = [name for name in names if len({repr(one.options.get(name)) for one in like}) > 1]
    parts = [f"{name.replace('_', ' ')} {_short(specification.options.get(name))}" for name in apart[:2]]
    return [*parts, f"seed {specification.seed}"] if len({one.seed for one in like}) > 1 else parts


def _short(value: Any) -> str:
    if isinstance(value, list | tuple):
        return text.short("-".join(map(str, value)), 16)
    return "usual" if value is None else text.short(str(value), 16)
