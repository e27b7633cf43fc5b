"""Speech recognition: one interface, one file a provider."""
