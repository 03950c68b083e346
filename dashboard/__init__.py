"""What the screens share: the current selection, guards, option forms, the run panel and downloads."""
