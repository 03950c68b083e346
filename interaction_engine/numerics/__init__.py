"""Pure tensor code.

Mixed differences, the fast forward pass of multilayer perceptrons, chunks that fit a memory budget; transforms over all
subsets of players, the sparsest AND-OR split, and the theory of how it is learnt.
"""
