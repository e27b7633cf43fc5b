"""Asisso: AI voice agents on the Asterisk PBX you already own."""

__version__ = "0.1.0"
