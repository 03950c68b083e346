"""Models of every origin behind one protocol: networks trained here, files of six formats, functions and modules.

Rooms, from the lowest up; each imports only those above it in this list (`tests/test_imports.py` holds the table).

- `networks`: perceptrons, networks of images and of words, Bayesian networks
- `training`: how networks learn
- `additive`: sums of terms, their purification and their shapes
- `editing`: additive models changed by hand
- `stored`: our own file format
- `callables`: functions, estimators and modules as models
- `inspection`: what the models of other libraries are made of
- `formats`: files that somebody brings
- `exporting`: files that other programs run

Beside them: from outputs to scores (`scoring`), how good a model is (`metrics`, `checking`, `predictive`), how it is
made smooth enough to be differentiated twice (`smoothing`), which sets of features it can combine (`structure`) and how
strongly at most (`ranges`), and where random numbers come from (`random_streams`).
"""
