"""The documentation says what the code does: option tables, links, and the files that it shows."""

import re
from pathlib import Path

import pytest

from docs import option_tables
from interaction_engine.methods.registry import METHODS, of_role

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


DESCRIBED = [METHODS[path.stem] for path in option_tables.FOLDER.glob("*.md") if path.stem in METHODS]
"""Methods that have a page."""


def test_every_detector_and_every_study_has_a_page():
    assert {method.name for method in of_role("detector", "study")} <= {method.name for method in DESCRIBED}


@pytest.mark.parametrize("method", DESCRIBED, ids=lambda method: method.name)
def test_the_page_of_a_method_has_its_options(method):
    page = (option_tables.FOLDER / f"{method.name}.md").read_text(encoding="utf-8")
    assert option_tables.with_table(page, method) == page, "run `make docs`"
    part = page.split(option_tables.BEGIN)[-1].split(option_tables.END)[0] if option_tables.BEGIN in page else ""
    if part or method.role in ("detector", "study"):
        assert set(re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE)) == set(method.options.model_fields)


def test_every_trainer_is_described():
    page = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))
    assert named == {method.name for method in of_role("trainer")}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_inside_the_repository_lead_somewhere(path):
    targets = re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8"))
    inside = [target for target in targets if "://" not in target]
    assert [target for target in inside if not (path.parent / target).exists()] == []
