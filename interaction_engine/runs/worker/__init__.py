"""What happens in a worker: a run is loaded, computed, judged and saved."""
