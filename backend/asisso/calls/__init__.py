"""A call, from its first event to its run: rules (`machine`), audio (`line`), the task that owns it (`session`)."""
