"""What all figures of AND and OR patterns share: a colour for the sign, a filling for the kind, names and hover labels.

What raises the score is orange, what lowers it blue; AND is full, OR hatched or hollow. So sign and kind are told apart
in every figure in the same way, also without colours.
"""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from ...core.errors import InputError
from ...methods.and_or.result import AndOrPatterns
from ..style.labels import MARKUP, breadth, label, number, set_label
from ..style.theme import Theme

PARTS = (("and", "+"), ("and", "-"), ("or", "+"), ("or", "-"))
"""Kind and sign, in the order in which they are stacked and named."""

JOINTS = {"and": " & ", "or": " or "}
TRIGGERS = {"and": "takes part when all are there", "or": "takes part when any is there"}

MORE = 11
"""Letters of " or 12 more"."""

SHORTEST = 8
"""Letters of a name that must be left for it to be known again."""

NOTHING = "No pattern is salient: masking the players hardly changes this score."


def sample_of(result: AndOrPatterns, sample: int) -> dict[str, Any]:
    """The row of a sample; `InputError` when there is none of that number."""
    rows = result.samples[result.samples["sample"] == sample]
    if rows.empty:
        numbers = [int(one) for one in result.samples["sample"]]
        raise InputError(f"`sample` must be one of {numbers[:5]}{' ...' * (len(numbers) > 5)}; got {sample}.")
    return {str(name): value for name, value in rows.iloc[0].items()}


def salient(result: AndOrPatterns, sample: int) -> pd.DataFrame:
    """The salient patterns of a sample, strongest first."""
    return result.salient_of(sample)


def pattern_label(features: Sequence[str], kind: str, width: int = 40) -> str:
    """A pattern in the user's words, as markup: "age & capital-gain", "education or occupation".

    Where names would be cut down to nothing, only the first are named: "age or sex or 7 more".
    """
    joint = JOINTS[kind]
    named = len(features)
    while named > 1 and not _fit(features[:named], width - (MORE if named < len(features) else 0), joint):
        named -= 1
    if named == len(features):
        return set_label(features, width, joint)
    more = f"{joint}{len(features) - named} more".translate(MARKUP)
    return set_label(features[:named], width - MORE, joint) + more


def _fit(names: Sequence[str], width: int, joint: str) -> bool:
    """Whether each of `names` keeps enough letters in a label of this width."""
    return sum(min(SHORTEST, breadth(name)) for name in names) <= width - len(joint) * (len(names) - 1)


def pattern_words(features: Sequence[str], kind: str) -> str:
    """The same as plain text: "age & capital-gain"; a player alone is only its name."""
    return JOINTS[kind].join(features)


def sign_colour(sign: str, look: Theme) -> str:
    """Orange for what raises the score, blue for what lowers it."""
    return look.mean if sign == "+" else look.lower


def kind_colour(kind: str, look: Theme) -> str:
    """Where signs are not told apart: purple for AND, green for OR."""
    return look.qualitative[6] if kind == "and" else look.upper


def sign_of(effect: float) -> str:
    """Return the sign of an effect as it is written."""
    return "+" if effect > 0 else "-"


def part_name(kind: str, sign: str) -> str:
    """How a kind and sign stand in a legend."""
    return f"{kind.upper()}, {'raises' if sign == '+' else 'lowers'}"


def filling(kind: str, colour: str, look: Theme) -> dict[str, Any]:
    """The marker of a bar: AND full, OR hatched."""
    line = {"color": colour, "width": 1}
    if kind == "and":
        return {"color": colour, "line": line}
    hatch = {"shape": "/", "fgcolor": colour, "bgcolor": look.paper, "size": 6, "solidity": 0.3}
    return {"color": colour, "line": line, "pattern": hatch}


def pattern_texts(rows: pd.DataFrame, unit: str) -> list[str]:
    """For each pattern of a table: its players, what triggers it, and its effect, as markup."""
    texts = []
    for row in rows.to_dict("records"):
        joint = f"<br>{'&amp;' if row['kind'] == 'and' else 'or'} "
        players = joint.join(f"<b>{label(name)}</b>" for name in row["features"])
        trigger = f"{row['kind'].upper()}: {TRIGGERS[row['kind']]}" if row["order"] > 1 else "one player alone"
        effect = f"{signed(row['effect'])} {label(unit, 40)}"
        texts.append("<br>".join([players, trigger, f"effect {effect}, rank {row['rank']:,.0f}"]))
    return texts


def signed(value: float) -> str:
    """A number with its sign."""
    return f"+{number(value)}" if value > 0 else number(value)


def worth(result: AndOrPatterns, sample: int) -> dict[str, float]:
    """The Shapley value of every player."""
    rows = result.attributions[result.attributions["sample"] == sample]
    return {str(name): float(value) for name, value in zip(rows["player"], rows["shapley"], strict=True)}
