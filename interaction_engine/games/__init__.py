"""Games: a sample whose players can be masked one by one, and the model's score of every masked sample.

A game has `players` and gives v on any of the 2^n masked samples, in float64. Subsets are numbers: bit i tells whether
player i is there. `tabular` masks features of a row, `tokens` words of a text.
"""
