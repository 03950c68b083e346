"""Pure tensor code: mixed differences, the fast forward pass of multilayer perceptrons, chunks that fit a memory
budget."""
