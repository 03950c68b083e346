"""Models trained here, as safetensors and JSON."""
