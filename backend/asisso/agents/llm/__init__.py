"""Language models: one interface, one file a provider."""
