"""Asterisk's two protocols, ARI and chan_websocket, as a library that knows nothing of the product."""
