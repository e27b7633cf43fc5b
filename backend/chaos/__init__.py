"""What goes wrong in production, done on purpose to the product on a real Asterisk, and whether every call ended well.

    proxy, dialplan, leaving     parts: a network that breaks, what reached Stasis, how callers go
    caller, party                the telephones' side
    faults/                      one module a fault
    criteria, experiment         what must be true afterwards; one fault from start to verdict

Runs as `make chaos`, and in a short form in the tests. Knows the product by HTTP alone.
"""
