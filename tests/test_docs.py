"""The documentation says what the code does: option tables, links, and the files that it shows."""

import re
from pathlib import Path

import pytest

from docs import option_tables
from interaction_engine.runs.catalog import METHODS, of_role

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


@pytest.mark.parametrize("method", of_role("detector"), ids=lambda method: method.name)
def test_every_detector_has_a_page_with_its_options(method):
    page = (option_tables.FOLDER / f"{method.name}.md").read_text(encoding="utf-8")
    assert option_tables.with_table(page, method) == page, "run `make docs`"
    assert set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == set(METHODS[method.name].options.model_fields)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_inside_the_repository_lead_somewhere(path):
    targets = re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8"))
    inside = [target for target in targets if "://" not in target]
    assert [target for target in inside if not (path.parent / target).exists()] == []
