"""From a raw table to features and an outcome: problems, remedies, and how they are recorded."""
