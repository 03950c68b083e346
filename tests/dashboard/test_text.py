"""What users name is shown as they wrote it."""

import pytest

from dashboard.components import text


@pytest.mark.parametrize(
    "written",
    [
        "<script>alert(1)</script>",
        "[a](javascript:b)",
        "**bold**",
        "$x^2$",
        ":red[x]",
        "# title",
        "a\n\n- b",
        "`a`",
        "![](http://x)",
    ],
)
def test_no_mark_of_a_name_stays_active(written):
    shown = text.plain(written)
    unescaped = [mark for at, mark in enumerate(shown) if mark in r"<>[]()*$:#`!" and shown[at - 1 : at] != "\\"]
    assert unescaped == []
    assert "\n" not in shown


def test_an_icon_shortcode_is_broken_up():
    assert ":material" not in text.plain(":material/home:")


def test_names_in_backticks_become_code():
    assert text.prose("`hour` moves 61 rentals.") == r"`hour` moves 61 rentals\."


def test_a_name_with_a_backtick_leaves_everything_escaped():
    shown = text.prose("`a`b` is *odd*")
    assert r"\*odd\*" in shown


def test_a_code_span_cannot_be_left():
    assert text.name("a`**b**") == "`a'**b**`"
    assert text.name("") == "` `"


def test_long_names_are_cut():
    assert len(text.short("x" * 500)) == text.LONGEST
    assert text.short("x" * 500).endswith("…")


@pytest.mark.parametrize(
    ("value", "words"), [(0.2, "under a second"), (3.4, "3 s"), (89, "89 s"), (300, "5 min"), (7200, "2.0 h")]
)
def test_durations(value, words):
    assert text.seconds(value) == words


@pytest.mark.parametrize(
    ("value", "words"), [(950, "950"), (12_345, "12,345"), (4_100_000, "4.1 million"), (2.5e9, "2.5 billion")]
)
def test_amounts(value, words):
    assert text.amount(value) == words


@pytest.mark.parametrize(("size", "words"), [(400, "1 kB"), (2.5e6, "2.5 MB"), (300e6, "300 MB"), (1.5e9, "1.5 GB")])
def test_memory(size, words):
    assert text.memory(size) == words
