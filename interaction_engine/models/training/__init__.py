"""How networks learn: the rows, the loop, and what each kind of network adds to it."""
