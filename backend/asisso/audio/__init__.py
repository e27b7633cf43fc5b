"""Telephone audio as numpy arrays: codecs, sample rates, files. Knows no event loop and no call."""
