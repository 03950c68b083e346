"""Models imported as Python objects: functions, torch modules, estimators of other libraries."""
