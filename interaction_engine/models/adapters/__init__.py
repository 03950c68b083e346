"""Models brought as Python objects: functions, torch modules, estimators of other libraries."""
