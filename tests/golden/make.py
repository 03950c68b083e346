"""Records the golden files: `python -m tests.golden.make [PART ...]`, all parts by default.

They hold what the code of one day computed and stored. Record a part anew only when a change of its figures is meant.
"""

import sys
from collections.abc import Sequence

import torch

from tests.golden import home, saved_results, screens, stored_models, values

PARTS = {
    "values": values.make,
    "models": stored_models.make,
    "results": saved_results.make,
    "home": home.make,
    "screens": screens.make,
}


def main(parts: Sequence[str]) -> int:
    """Record the named parts; returns the exit code."""
    unknown = sorted(set(parts) - set(PARTS))
    if unknown:
        sys.stderr.write(f"There is no part {', '.join(unknown)}; choose among {', '.join(PARTS)}.\n")
        return 2
    torch.set_num_threads(1)
    for part in parts or PARTS:
        sys.stdout.write(f"Recording {part}\n")
        PARTS[part]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
