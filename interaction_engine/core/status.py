"""What words of state mean, one meaning per word: of a run, and in the `status` column of each family of results."""

from enum import StrEnum

import pandas as pd


class RunStatus(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def finished(self) -> bool:
        """Whether nothing more will be computed."""
        return self not in (RunStatus.QUEUED, RunStatus.RUNNING)


class RaceStatus(StrEnum):
    """Races and exact evaluation: what is proven about the place of a pair or set among the `top_k` strongest.

    CERTIFIED: proven to be among them. EXCLUDED: proven not to be among them. UNDECIDED: neither is proven. After an
    exact evaluation nothing is undecided.
    """

    CERTIFIED = "certified"
    EXCLUDED = "excluded"
    UNDECIDED = "undecided"


class RankStatus(StrEnum):
    """Explanations and rankings: nothing is proven about places.

    RANKED: ordered by the method's own figure. UNRELIABLE: the method's own check of that figure failed.
    """

    RANKED = "ranked"
    UNRELIABLE = "unreliable"


class BayesianStatus(StrEnum):
    """Bayesian networks: whether the posterior of a pair's effect leaves zero out."""

    SIGNIFICANT = "significant"
    NOT_SIGNIFICANT = "not significant"


class PatternStatus(StrEnum):
    """AND-OR patterns: whether the size of an effect reaches the threshold of salience."""

    SALIENT = "salient"
    BELOW_THRESHOLD = "below threshold"


Vocabulary = type[RaceStatus] | type[RankStatus] | type[BayesianStatus] | type[PatternStatus]

VOCABULARIES: tuple[Vocabulary, ...] = (RaceStatus, RankStatus, BayesianStatus, PatternStatus)


def vocabulary_of(table: pd.DataFrame) -> Vocabulary:
    """Return the vocabulary that the column `status` of a table of findings is written in.

    Args:
        table: Findings, a row each, with the column `status`.

    Returns:
        The first vocabulary that has all words of the column; `RaceStatus` for a table without rows. A table with a
        word of no vocabulary, or with words of several, counts as `RankStatus`, the one that proves nothing.
    """
    words = set(table["status"].unique())
    return next((one for one in VOCABULARIES if words <= {status.value for status in one}), RankStatus)
