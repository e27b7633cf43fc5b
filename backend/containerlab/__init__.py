"""Containers for tests: an engine, base images where none can be pulled, and the composition as users start it."""
