"""What can be called, as a model: functions, fitted estimators, modules, and which feature feeds which input."""
