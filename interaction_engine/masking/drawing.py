"""What can be drawn of samples: the words of a sentence, the pixels of an image, the points of a cloud."""

import numpy as np
import pandas as pd

from ..data.words import word_columns
from ..models.networks.convolution import shows_images
from .clouds import Cloud, cloud_of
from .masking_task import MaskingTask
from .patches import pixel_side
from .players import PlayerSet
from .sentence import words_by_place


def parts_of(task: MaskingTask, player_set: PlayerSet) -> pd.DataFrame | None:
    """The table `parts` of `AndOrPatterns`; None where the samples are nothing but rows of a table."""
    space = task.data.space
    player = {
        place: name for name, places in zip(player_set.names, player_set.members, strict=True) for place in places
    }
    owner = np.array([player.get(place, "") for place in range(len(space))], dtype=object)
    cloud = cloud_of(space)
    if word_columns(space):
        drawn = [_words(task, sample, owner) for sample in range(len(task.samples))]
    elif player_set.kind == "patch" or shows_images(space):
        drawn = [_pixels(row, pixel_side(space), owner) for row in task.rows]
    elif cloud is not None:
        drawn = [_points(row, cloud, owner) for row in task.rows]
    else:
        return None
    return pd.concat([_of_sample(one, sample) for sample, one in enumerate(drawn)], ignore_index=True)


def _of_sample(drawn: pd.DataFrame, sample: int) -> pd.DataFrame:
    kind = "word" if "text" in drawn else "patch" if "value" in drawn else "cluster"
    return pd.DataFrame({"sample": sample, "kind": kind, "place": np.arange(len(drawn)), **drawn})


def _words(task: MaskingTask, sample: int, owner: np.ndarray) -> pd.DataFrame:
    words = words_by_place(task, sample)
    return pd.DataFrame({"player": owner[list(words)], "text": list(words.values())}, dtype="str")


def _pixels(row: np.ndarray, side: int, owner: np.ndarray) -> pd.DataFrame:
    names = pd.Series(owner, dtype="str")
    lines, columns = np.divmod(np.arange(side**2), side)
    return pd.DataFrame({"player": names, "row": lines, "column": columns, "value": row})


def _points(row: np.ndarray, cloud: Cloud, owner: np.ndarray) -> pd.DataFrame:
    """Points; one whose coordinates are of several players is drawn as the first one's."""
    names = pd.Series(owner[cloud.places[:, 0]], dtype="str")
    axes = dict(zip("xyz", cloud.points(row).T, strict=False))
    return pd.DataFrame({"player": names, **axes})
