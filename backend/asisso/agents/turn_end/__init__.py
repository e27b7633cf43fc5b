"""End-of-turn prediction: one interface, one file a provider."""
