"""Runs: trainings and detections that are stored before they start and outlive the page that asked for them."""
