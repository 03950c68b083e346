"""What a session keeps between reruns and pages."""
