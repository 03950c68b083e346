"""What the word in a result's `status` column means: one vocabulary per family of methods, one meaning per word."""

from enum import StrEnum


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
