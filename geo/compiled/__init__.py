"""Kernels compiled by numba, for tables too large for numpy and shapely, which stay the oracle of their tests.

Nothing here is imported before a large table asks for it: numba costs half a second. Kernels release the GIL and
run in plain threads (`threads`), so that they harm neither a forked server nor its own threads.
"""
