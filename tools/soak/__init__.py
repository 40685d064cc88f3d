"""Hours of virtual time over six sockets while things go wrong: `make soak`.

Every transaction is on an account (tools.soak.peers) that is compared with what the far side saw.
"""
