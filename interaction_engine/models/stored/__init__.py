"""Our own format: tensors as safetensors, a card as JSON, and one module for each kind of network."""
