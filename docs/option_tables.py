"""Writes the option table of every page in docs/methods from the method's signature: `make docs`."""

import sys
from pathlib import Path

from interaction_engine.cli.flags import describe, usage
from interaction_engine.methods.registry import METHODS, Method

FOLDER = Path(__file__).parent / "methods"
BEGIN, END = "<!-- options -->", "<!-- end of options -->"


def table(method: Method) -> str:
    """The options of `method` as a Markdown table."""
    rows = [("Option", "Flag", "Meaning"), ("---", "---", "---")]
    for name, field in method.options.model_fields.items():
        rows.append((f"`{name}`", f"`{_cell(usage(name, field))}`", _cell(describe(field))))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def with_table(page: str, method: Method) -> str:
    """`page` with what stands between its markers replaced; one without them stays as it is."""
    if BEGIN not in page:
        return page
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n\n{table(method)}\n\n{END}{after}"


def main() -> int:
    for path in sorted(FOLDER.glob("*.md")):
        page = path.read_text(encoding="utf-8")
        if path.stem in METHODS:
            path.write_text(with_table(page, METHODS[path.stem]), encoding="utf-8")
        print(f"Written: {path.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
