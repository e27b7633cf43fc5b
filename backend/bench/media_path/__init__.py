"""The media path under load, without a PBX: the product's own server process, its floor and its peer.

One pinned process plays Asterisk for many calls; the server measured is pinned to another core.
"""
