"""Asterisk's REST interface: requests (`rest`), the event stream (`stream`), and what both speak of."""
