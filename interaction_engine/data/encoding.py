"""From rows of the feature space to network inputs: numbers standardised, categorical features one-hot."""

import torch
from jaxtyping import Float
from torch import Tensor

from ..core.types import FeatureSpace, Kind


def encode(
    space: FeatureSpace, rows: Float[Tensor, "rows features"], dtype: torch.dtype = torch.float32
) -> Float[Tensor, "rows columns"]:
    """Network inputs of float64 `rows`, of `dtype` on the same device.

    A numeric feature becomes (value - mean) / scale, computed in float64; a categorical one takes a column per level,
    1 at the level and 0 elsewhere. The columns of feature i are `space.groups[i]`.
    """
    rows = rows.to(torch.float64)
    means, scales = (torch.as_tensor(values, device=rows.device) for values in (space.means, space.scales))
    standardised = ((rows - means) / scales).to(dtype)
    if space.n_columns == len(space) and all(feature.kind is Kind.NUMERIC for feature in space.features):
        return standardised
    parts = []
    for position, feature in enumerate(space.features):
        if feature.kind is Kind.CATEGORICAL:
            levels = torch.arange(feature.n_columns, device=rows.device, dtype=rows.dtype)
            parts.append((rows[:, position, None] == levels).to(dtype))
        else:
            parts.append(standardised[:, position, None])
    return torch.cat(parts, dim=1)
