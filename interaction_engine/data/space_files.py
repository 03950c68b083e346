"""A feature space as JSON: the levels that the word slots of a text share are written once."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ..core.types import Feature, FeatureSpace, Kind


def space_to_json(space: FeatureSpace) -> dict[str, Any]:
    """`features`, a list, and, where there is text, `words`: the shared levels by text column."""
    words = {feature.word_of: list(feature.levels) for feature in space.features if feature.word_of}
    written = {"features": [_to_json(feature) for feature in space.features]}
    return written | {"words": words} if words else written


def space_from_json(written: Mapping[str, Any]) -> FeatureSpace:
    """The feature space that `space_to_json` wrote."""
    words = {name: tuple(levels) for name, levels in written.get("words", {}).items()}
    return FeatureSpace(tuple(_from_json(item, words) for item in written["features"]))


def unfolded(written: Any) -> Any:
    """What `space_to_json` wrote with the shared levels at every word slot, for a reader that checks each field.

    Anything else unchanged.
    """
    if not (isinstance(written, dict) and isinstance(written.get("words"), dict)):
        return written
    words = written["words"]
    features = [
        {"kind": Kind.CATEGORICAL.value, "levels": words.get(item["word_of"]), **item}
        if isinstance(item, dict) and item.get("word_of")
        else item
        for item in written.get("features", [])
    ]
    return {"features": features}


def _to_json(feature: Feature) -> dict[str, Any]:
    if feature.word_of:
        return {"name": feature.name, "word_of": feature.word_of}
    item = asdict(feature)
    del item["word_of"]
    return item


def _from_json(item: Mapping[str, Any], words: Mapping[str, tuple[str, ...]]) -> Feature:
    if item.get("word_of"):
        return Feature(item["name"], Kind.CATEGORICAL, levels=words[item["word_of"]], word_of=item["word_of"])
    return Feature(**{**item, "kind": Kind(item["kind"]), "levels": tuple(item["levels"])})
