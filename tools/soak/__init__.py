"""Hours of virtual time over six sockets while things go wrong: `make soak`.

Every transaction is on an account (tools.soak.accounts), and that is compared with what the far
side saw.
"""
