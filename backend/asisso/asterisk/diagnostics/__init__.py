"""The checks of a connection to an Asterisk: facts are gathered first, then pure functions judge them.

    subject -> survey (reach, read back, probes) -> facts -> checks -> steps -> verdict

Knows the PBX and nothing of the product: what only the product can tell or do comes in as plain data and a `Host`.
"""
