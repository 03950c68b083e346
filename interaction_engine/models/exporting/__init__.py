"""Models made here as files that other programs run, and the check that the files say the same."""
