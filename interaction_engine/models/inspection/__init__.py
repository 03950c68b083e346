"""What the models of other libraries are made of: trees and terms, read from the fitted objects.

`ensemble` is the common form of all tree ensembles, `boosters` and `scikit_learn` read it from their libraries,
`transformers` follows features through pipelines, and `reading` checks that what was read gives the model's own scores.
"""
