"""Games: a sample whose players can be masked one by one, and the model's score of every masked sample.

A game has `players` and gives v on any of the 2^n masked samples, in float64. Subsets are numbers: bit i tells whether
player i is there. `choosing` makes the game that is meant: `tabular` masks features of a row (single ones, groups,
words, patches, clusters), `tokens` the tokens of a text that a classifier of its own reads.
"""
