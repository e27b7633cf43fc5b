"""A bench with real parts: private Asterisk instances and a SIP telephone, for tests, demonstrations and play.

Knows Asterisk, SIP, RTP and ARI's REST face. Must not know the product it is used to test.
"""
