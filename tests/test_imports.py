"""The rooms of the house: who may import whom, read from the syntax trees, and what stays out of light processes."""

import ast
import re
import subprocess
import sys
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# What a room may import of the others; itself is always allowed.
BASE = frozenset({"errors", "types", "version"})
ENGINE = BASE | {
    "results",
    "numerics",
    "data",
    "models",
    "games",
    "detectors",
    "additive",
    "evidence",
    "runs",
    "plots",
    "wording",
}
ALLOWED: dict[str, frozenset[str]] = {
    "errors": frozenset(),
    "types": frozenset({"errors", "version"}),
    "results": BASE,
    "numerics": BASE | {"data"},  # what a network sees of a row
    "data": BASE,
    "models": BASE | {"results", "numerics", "data"},
    "games": BASE | {"results", "numerics", "data", "models"},
    "detectors": BASE | {"results", "numerics", "data", "models", "games", "additive"},
    "additive": BASE | {"results", "numerics", "data", "models"},
    "evidence": BASE | {"results", "numerics", "data", "models", "games", "detectors", "additive"},
    "runs": BASE | {"results", "numerics", "data", "models", "games", "detectors", "additive", "evidence"},
    "plots": BASE | {"results"},
    "wording": BASE | {"results"},
    "version": frozenset(),
    "api": ENGINE,
    "flags": BASE | {"runs"},
    "inputs": ENGINE | {"api", "flags"},
    "terminal": BASE | {"results", "wording"},
    "cli": ENGINE | {"api", "flags", "inputs", "terminal"},
    "__main__": frozenset({"cli"}),
    "__init__": ENGINE | {"api"},
    "dashboard": ENGINE | {"__init__"},
    "pages": ENGINE | {"__init__", "dashboard"},
    "app": ENGINE | {"__init__", "dashboard", "pages"},
}
SCREENS = frozenset({"dashboard", "pages", "app"})

# The rooms of `models` and the modules beside them, from the lowest up: what each may import of the others.
MODELS: dict[str, frozenset[str]] = {
    "__init__": frozenset(),
    "scoring": frozenset(),
    "random_streams": frozenset(),
    "metrics": frozenset(),
    "checking": frozenset({"metrics"}),
    "networks": frozenset({"scoring", "random_streams"}),
    "predictive": frozenset({"networks"}),
    "training": frozenset({"random_streams", "networks"}),
    "additive": frozenset({"scoring", "networks"}),
    "editing": frozenset({"scoring", "networks", "additive"}),
    "stored": frozenset({"networks", "additive", "editing"}),
    "callables": frozenset({"scoring"}),
    "skill": frozenset({"scoring", "checking", "callables"}),
    "inspection": frozenset({"scoring", "callables"}),
    "structure": frozenset({"scoring", "networks", "additive", "editing", "callables", "inspection"}),
    "ranges": frozenset({"scoring", "networks", "additive", "editing", "callables", "inspection"}),
    "smoothing": frozenset({"scoring", "networks", "callables"}),
    "formats": frozenset({"scoring", "metrics", "networks", "editing", "stored", "callables"}),
    "exporting": frozenset({"checking", "networks", "additive", "editing", "formats"}),
}


def sources() -> list[Path]:
    folders = [ROOT / "interaction_engine", ROOT / "dashboard", ROOT / "pages"]
    return [*sorted(path for folder in folders for path in folder.rglob("*.py")), ROOT / "app.py"]


def room(module: str) -> str | None:
    """The room of a dotted module name, or None for a module of somebody else's."""
    first, *rest = module.split(".")
    if first == "interaction_engine":
        return rest[0] if rest else "__init__"
    return first if first in SCREENS else None


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def imported_modules(tree: ast.AST, module: str) -> set[str]:
    """Dotted names of all modules that `module` imports, also inside functions; relative ones are resolved.

    `from . import data` names the package's own member, so every imported name is tried as a module too.
    """
    package = module.split(".")[:-1]
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            members = {f"{base}.{alias.name}" for alias in node.names}
            found |= members if room(base) == "__init__" or base == "interaction_engine.models" else {base}
    return found


def inner_room(module: str) -> str | None:
    """The room, or the module beside the rooms, of a module inside `models`; None for any other."""
    parts = module.split(".")
    return parts[2] if parts[:2] == ["interaction_engine", "models"] and len(parts) > 2 else None


def trespasses(source: str, module: str) -> list[str]:
    """Sentences on every import of `module` that leads upward or out of its room."""
    here = room(module)
    assert here in ALLOWED, f"{module} is in no room; add it to ALLOWED with what it may import."
    within = inner_room(module)
    assert within is None or within in MODELS, f"{module} is in no room of `models`; add it to MODELS."
    said = []
    for name in sorted(imported_modules(ast.parse(source), module)):
        there = room(name)
        inner = inner_room(name)
        if within and inner and inner != within and inner not in MODELS[within]:
            said.append(f"{module} imports {name}: in `models`, `{within}` may not import `{inner}`")
        if name.split(".")[0] == "streamlit" and here not in SCREENS:
            said.append(f"{module} imports {name}: only app.py, pages/ and dashboard/ know streamlit")
        if there not in ALLOWED and room(name) is not None:
            there = "__init__"  # a public name taken from the package itself
        if there is not None and there != here and there not in ALLOWED[here]:
            said.append(f"{module} imports {name}: `{here}` may not import `{there}`")
    return said


@pytest.mark.parametrize("path", sources(), ids=module_name)
def test_imports_go_downward_only(path):
    assert trespasses(path.read_text(encoding="utf-8"), module_name(path)) == []


def test_rooms_of_models_stand_one_upon_the_other():
    below: set[str] = set()
    for name, allowed in MODELS.items():
        assert allowed <= below, f"`{name}` may import only what stands before it in the table."
        below.add(name)


def test_every_room_of_models_is_in_the_table_and_says_what_belongs_there():
    folder = ROOT / "interaction_engine" / "models"
    rooms = {path.parent.name: path for path in folder.glob("*/__init__.py")}
    assert {path.stem for path in folder.glob("*.py")} | set(rooms) == set(MODELS)
    assert {path.parent.name for path in folder.rglob("*.py") if path.parent != folder} == set(rooms)
    for name, path in rooms.items():
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), f"`{name}` says nothing of itself."


@pytest.mark.parametrize(
    ("source", "module", "wrong"),
    [
        ("from ..models import Mlp", "interaction_engine.numerics.mlp", True),
        ("from interaction_engine.runs.catalog import METHODS", "interaction_engine.detectors.exact", True),
        ("def f():\n    import streamlit as st", "interaction_engine.plots.race", True),
        ("from . import runs", "interaction_engine.results", True),
        ("import interaction_engine", "interaction_engine.models.networks.mlp", True),
        ("from ..training.loop import Fit", "interaction_engine.models.networks.mlp", True),
        ("from .. import exporting", "interaction_engine.models.formats.loading", True),
        ("from .stored import files", "interaction_engine.models.scoring", True),
        ("from ..networks import mlp", "interaction_engine.models.training.loop", False),
        ("from .rows import TrainingRows", "interaction_engine.models.training.loop", False),
        ("from pages import detect", "dashboard.state", True),
        ("from ..results import PairInteractions", "interaction_engine.plots.race", False),
        ("from ..errors import InputError", "interaction_engine.numerics.compute", False),
        ("from .runs.catalog import METHODS", "interaction_engine.cli", False),
        ("import streamlit as st", "pages.detect", False),
    ],
)
def test_a_trespass_is_seen(source, module, wrong):
    assert bool(trespasses(source, module)) is wrong


def pinned(name: str) -> dict[str, str]:
    """Distribution and version of every line of a requirements file."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    found = [re.match(r"([\w.-]+)==(\S+)", line) for line in lines if line and not line.startswith("#")]
    assert all(found), f"{name} pins every distribution with =="
    return {match[1].lower(): match[2] for match in found if match}


def test_whatever_is_imported_is_pinned_by_name():
    owners = packages_distributions()
    trees = [(ast.parse(path.read_text(encoding="utf-8")), module_name(path)) for path in sources()]
    imported = {name.split(".")[0] for tree, module in trees for name in imported_modules(tree, module)}
    strangers = imported - set(sys.stdlib_module_names) - SCREENS - {"interaction_engine"}
    distributions = {name: {owner.lower() for owner in owners[name]} for name in strangers}
    pins = set(pinned("requirements.txt"))
    assert {name for name, theirs in distributions.items() if not theirs & pins} == set()


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_the_pinned_versions_are_those_under_test(name):
    installed = {distribution: version(distribution).split("+")[0] for distribution in pinned(name)}
    assert installed == pinned(name)


def loaded_after(statement: str) -> set[str]:
    """The top-level modules that a fresh interpreter has loaded after `statement`."""
    script = f"{statement}\nimport sys\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True, timeout=120
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import interaction_engine", {"torch", "streamlit", "distributed", "dbos", "plotly"}),
        ("import interaction_engine.results, interaction_engine.types", {"torch", "streamlit"}),
        ("import interaction_engine.runs.client", {"torch", "distributed", "streamlit"}),
        ("import interaction_engine.data", {"torch", "streamlit"}),
        ("import interaction_engine.plots", {"torch", "streamlit", "duckdb"}),
    ],
)
def test_light_modules_stay_light(statement, absent):
    assert loaded_after(statement) & absent == set()
