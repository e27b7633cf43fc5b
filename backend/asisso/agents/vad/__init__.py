"""Voice activity: one interface, one file a provider, and the gate that spares the model silence."""
