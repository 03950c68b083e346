"""Trains the small network that comes with each sample, so that its first detection runs within seconds: an ensemble,
or for texts a network of words.

Run from the top folder: `python sample_data/make_networks.py [NAME ...]`. The seed is fixed: the same machine writes
the same weights again.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import interaction_engine as ie
from interaction_engine.data.samples import SAMPLES
from interaction_engine.data.words import word_columns
from interaction_engine.models.checking import check_model
from interaction_engine.models.io.stored.files import save_network
from interaction_engine.models.networks.mlp import Mlp
from interaction_engine.models.networks.words import WordNet

FOLDER = Path(__file__).parent / "models"
MEMBERS, HIDDEN = 4, (128, 128)
"""Half the width of the default and twice its networks: small files that are quick to ask, and little noise."""


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name in sys.argv[1:] or SAMPLES:
        data = ie.load_sample(name)
        if word_columns(data.space):
            model = ie.train(data, "words", seed=0)
        else:
            model = ie.train(data, "ensemble", members=MEMBERS, hidden=HIDDEN, seed=0)
        assert isinstance(model, Mlp | WordNet)
        assert model.record is not None
        save_network(model, FOLDER / name)
        report = check_model(model, data)
        print(
            name,
            {metric: round(value, 4) for metric, value in report.metrics.items()},
            f"{model.record.seconds:.0f} s",
            flush=True,
        )


if __name__ == "__main__":
    main()
