"""Values out of what callers say and key. Pure."""
