"""The proof by simulation: the real decisions and handlers on fake services, in virtual time, under every fault.

Nothing here waits, starts a thread or draws a number that its seed does not give.
"""
