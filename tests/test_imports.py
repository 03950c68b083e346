"""What is imported is pinned, and stays out of processes that do without. Who may import whom: `lint-imports`."""

import ast
import re
import subprocess
import sys
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent

SCREENS = frozenset({"dashboard", "pages", "app"})


def sources() -> list[Path]:
    folders = [ROOT / "interaction_engine", ROOT / "dashboard", ROOT / "pages"]
    return [*sorted(path for folder in folders for path in folder.rglob("*.py")), ROOT / "app.py"]


def imported_packages(tree: ast.AST) -> set[str]:
    """The top-level names of all that a module imports from elsewhere, also inside functions."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found.add(node.module.split(".")[0])
    return found


def test_every_package_says_what_belongs_there():
    for path in [*(ROOT / "interaction_engine").rglob("__init__.py"), *(ROOT / "dashboard").rglob("__init__.py")]:
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), (
            f"`{path.parent}` says nothing of itself."
        )


def pinned(name: str) -> dict[str, str]:
    """Distribution and version of every line of a requirements file."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    found = [re.match(r"([\w.-]+)==(\S+)", line) for line in lines if line and not line.startswith("#")]
    assert all(found), f"{name} pins every distribution with =="
    return {match[1].lower(): match[2] for match in found if match}


def test_whatever_is_imported_is_pinned_by_name():
    owners = packages_distributions()
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in sources()]
    imported = {name for tree in trees for name in imported_packages(tree)}
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
        ("import interaction_engine.methods.results, interaction_engine.core.types", {"torch", "streamlit"}),
        ("import interaction_engine.runs.client", {"torch", "distributed", "streamlit"}),
        ("import interaction_engine.data", {"torch", "streamlit"}),
        ("import interaction_engine.plots", {"torch", "streamlit", "duckdb"}),
    ],
)
def test_light_modules_stay_light(statement, absent):
    assert loaded_after(statement) & absent == set()
