"""Three ways to a table: a file from the reader's machine, a path on the server, a sample."""

from typing import Any

import streamlit as st

from dashboard.components import samples
from dashboard.components.failures import explained
from dashboard.components.text import plain
from dashboard.state import draft as drafts
from dashboard.state.draft import Draft
from dashboard.state.state import atlas, go, select
from interaction_engine.core.errors import InputError
from interaction_engine.data.io.reading import FORMATS
from interaction_engine.data.samples import SAMPLES

SUFFIXES = [suffix.removeprefix(".") for group in FORMATS.values() for suffix in group]
LARGEST_UPLOAD = st.get_option("server.maxUploadSize")


AUTOMATIC = "automatic"
"""How a file is read where nobody says it."""


def choose_source() -> None:
    """The three ways, side by side; opening a table makes it the current draft."""
    ways = (":material/upload_file: Upload", ":material/folder_open: Path on the server", ":material/science: Sample")
    upload, path, sample = st.tabs(ways)
    with upload:
        _upload()
    with path:
        _path()
    with sample:
        _sample()


def _upload() -> None:
    st.markdown("CSV, TSV, Excel, Parquet or Feather: a row per case, a column per feature and one to predict.")
    limit = f"Up to {LARGEST_UPLOAD} MB; for more, give a path on the server."
    file = st.file_uploader("Table", type=SUFFIXES, key="table-file", help=limit)
    reading = _reading("upload")
    opened = st.button(
        "Open the table", type="primary", icon=":material/table:", disabled=file is None, key="open-upload"
    )
    if opened and file:
        with explained():
            _open(Draft(name=_stem(file.name), upload=atlas().store.put_upload(file, file.name), reading=reading))


def _path() -> None:
    st.markdown("For files too large to upload: they are read in place, and sampled if they are very long.")
    path = st.text_input("Path", placeholder="/data/measurements.parquet", key="table-path")
    reading = _reading("path")
    if st.button("Open the table", type="primary", icon=":material/table:", key="open-path"):
        with explained():
            if not path.strip():
                raise InputError(
                    "A path is expected, such as `/data/table.csv`; got nothing. Type the path of the table."
                )
            _open(Draft(name=_stem(path), path=path.strip(), reading=reading))


def _sample() -> None:
    name = st.selectbox("Sample", list(SAMPLES), format_func=lambda key: SAMPLES[key].title, key="sample-name")
    chosen = SAMPLES[name]
    st.markdown(plain(chosen.description))
    st.caption(f"{chosen.rows:,} rows. {plain(chosen.source)}. {plain(chosen.licence)}.")
    with st.container(horizontal=True):
        if st.button("Explore it now", type="primary", icon=":material/play_arrow:", key="sample-explore"):
            with explained(), st.spinner("Opening the sample"):
                go(samples.screen_of(name), run=samples.open_sample(name))
        if st.button("Use its data only", icon=":material/table:", key="sample-data"):
            with explained(), st.spinner("Opening the sample"):
                select(data=samples.open_data(name), draft=None)
                st.rerun()


def _reading(key: str) -> dict[str, str]:
    """How to read a text file, where finding it out goes wrong."""
    with st.expander("File format", icon=":material/tune:"):
        columns = st.columns(4)
        delimiter = columns[0].selectbox("Delimiter", [AUTOMATIC, ",", ";", "tab", "|"], key=f"{key}/delimiter")
        decimal = columns[1].selectbox("Decimal mark", [AUTOMATIC, ".", ","], key=f"{key}/decimal")
        encoding = columns[2].text_input("Encoding", placeholder=AUTOMATIC, key=f"{key}/encoding")
        sheet = columns[3].text_input("Excel sheet", placeholder="the first", key=f"{key}/sheet")
    given = {
        "delimiter": "\t" if delimiter == "tab" else delimiter,
        "decimal": decimal,
        "encoding": encoding.strip(),
        "sheet": sheet.strip(),
    }
    return {name: value for name, value in given.items() if value not in ("", AUTOMATIC)}


def _open(draft: Draft) -> Any:
    select(draft=drafts.opened(draft).id)
    st.rerun()


def _stem(filename: str) -> str:
    """The name of a table without its folder and suffix."""
    return filename.replace("\\", "/").rstrip("/").split("/")[-1].rsplit(".", 1)[0] or "table"
