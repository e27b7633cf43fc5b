"""chan_websocket: the media protocol as pure functions of what was received."""
