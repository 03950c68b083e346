"""The methods, a folder for each family."""
