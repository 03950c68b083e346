"""A method that is registered is found everywhere, and no other file names a method."""

import ast
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import pytest
from pydantic import Field

import interaction_engine as ie
from dashboard.components import run_panel
from dashboard.components.text import plain
from interaction_engine.cli import commands as cli
from interaction_engine.core.compute import Compute
from interaction_engine.core.result import Provenance
from interaction_engine.core.types import Capability, Report, silent
from interaction_engine.methods import registry
from interaction_engine.methods.common.pair_result import no_trace
from interaction_engine.methods.registry import METHODS, Method, Role
from tests.dashboard.stand_ins import MODEL, detection, finished

ROOT = Path(__file__).parents[2]


def toy_pairs(
    model,
    data,
    *,
    depth: Annotated[int, Field(ge=1, title="Depth of the toy", description="How deep it looks.")] = 3,
    seed: int = 0,
    compute: Compute = Compute(),
    report: Report = silent,
):
    """Ranks pairs by the alphabet."""
    names = data.space.names
    pairs = [(a, b) for place, a in enumerate(names) for b in names[place + 1 :]]
    table = pd.DataFrame(pairs, columns=["feature_1", "feature_2"])
    strength = np.linspace(2.0, 1.0, len(pairs)) * depth
    table = table.assign(strength=strength, effect=strength, lower=strength, upper=strength, pulls=1)
    table = table.assign(status="ranked", rank=np.arange(1, len(pairs) + 1), standard_error=np.nan)
    return ie.PairInteractions(
        provenance=Provenance(
            method=TOY.name, title=TOY.title, options={"depth": depth}, seed=seed, data=data.name, model=model.name,
            rows=10, evaluations=0, seconds=0.1, device="cpu", version="0", source=TOY.source,
        ),
        features=names,
        table=table,
        unit="y",
        interval="none",
        level=0.95,
        truth=None,
        trace=no_trace(),
    )  # fmt: skip


TOY = Method(
    name="toy",
    title="Toy: pairs by the alphabet",
    label="Alphabetical detection",
    summary="Ranks pairs by the alphabet.",
    source="a children's book",
    role=Role.DETECTOR,
    family="pairs",
    path=toy_pairs,
    needs=frozenset({Capability.QUERIES}),
)


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    everything = registry.Registry()
    everything.register(*METHODS.values(), TOY)
    monkeypatch.setattr(METHODS, "_methods", everything._methods)


def test_its_form_is_drawn_and_its_run_is_submitted(open_page, atlas, checked, data_id):
    app = open_page("detect", data=data_id, model=MODEL, training=checked)
    app.radio(key="method").set_value(plain(TOY.title)).run()
    assert plain(TOY.summary) in [caption for radio in app.radio for caption in radio.proto.captions]
    app.number_input(key="option/toy/depth").set_value(5).run()
    next(button for button in app.button if button.label == "Start the detection").click().run()
    asked = atlas.run(app.query_params["run"]).specification
    assert (asked.method, asked.options["depth"]) == ("toy", 5)


def test_its_runs_are_listed_and_its_result_is_shown(open_page, atlas, data_id, data, model_card):
    model = ie.wrap(lambda rows: rows[:, 0], data, takes="array")
    run = finished(atlas, detection(data_id, "toy"), toy_pairs(model, data))
    view = atlas.run(run)
    assert run_panel.title(view) == "Alphabetical detection"
    assert run_panel.screen_of(view) == "pairs"
    first, second = data.space.names[:2]
    app = open_page("pairs", run=run, pair=[first, second])
    assert f"`{first}`" in str(app.header[0].value).replace("\\", "")
    assert atlas.run(run).status == "done"


def test_it_is_called_from_python_and_the_shell_and_its_result_is_saved(tmp_path, capsys, data):
    model = ie.wrap(lambda rows: rows[:, 0], data, takes="array")
    result = ie.detect("toy", model, data, depth=2)
    result.save(tmp_path / "saved")
    loaded = ie.load_result(tmp_path / "saved")
    pd.testing.assert_frame_equal(loaded.to_frame(), result.to_frame())
    assert cli.main(["methods"]) == 0
    assert "Toy: pairs by the alphabet" in capsys.readouterr().out
    options = ["--sample-rows", "120", "--model", "gam", "--depth", "7", "--out", str(tmp_path / "out")]
    assert cli.main(["detect", "toy", "sample:F8", *options]) == 0
    assert ie.load_result(tmp_path / "out").provenance.options == {"depth": 7}
    assert cli.main(["detect", "toy", "sample:F8", "--sample-rows", "120", "--model", "gam", "--depth", "0"]) == 2
    assert "`depth` of `toy`" in capsys.readouterr().err


def test_a_list_of_methods_needs_no_method():
    registrations = [*(ROOT / "interaction_engine/methods").glob("*/registration.py")]
    assert len(registrations) == len(registry.FAMILIES)
    for path in registrations:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert imported <= {"core.types", "registry"}, path


def words_that_name_no_method() -> set[tuple[str, str]]:
    """Literals that are a method's name by chance: screens, scales of an axis, kinds of stored files and of parts."""
    return {
        ("dashboard/components/findings.py", "and_or"),
        ("dashboard/components/findings.py", "dynamics"),
        ("dashboard/components/guards.py", "and_or"),
        ("dashboard/components/run_panel.py", "dynamics"),
        ("dashboard/screens/shapes/accuracy_curves.py", "linear"),
        ("dashboard/screens/shapes/shape_editing.py", "edit"),
        ("interaction_engine/plots/additive_models/training.py", "linear"),
        ("interaction_engine/plots/additive_models/compression.py", "paraace"),
        ("interaction_engine/plots/and_or/and_or_sentence.py", "words"),
        ("interaction_engine/plots/primitives/intervals.py", "exact"),
        ("interaction_engine/masking/choosing.py", "words"),
        ("interaction_engine/runs/store.py", "forest"),
        ("interaction_engine/cli/commands.py", "shapes"),
        ("pages/model.py", "shapes"),
    }


def test_no_other_file_names_a_method():
    names = {name for name, one in METHODS.items() if isinstance(one.path, str)}  # other tests register functions
    folders = ("dashboard", "pages", *(f"interaction_engine/{room}" for room in ("cli", "runs", "plots", "masking")))
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    files += [*(ROOT / "interaction_engine/methods/common").rglob("*.py"), ROOT / "app.py"]
    found = set()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in names:
                found.add((str(path.relative_to(ROOT)), node.value))
    assert found - words_that_name_no_method() == set()
