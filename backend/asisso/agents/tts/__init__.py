"""Speech synthesis: one interface, one file a provider."""
