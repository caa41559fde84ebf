"""Check by simulation what intervals, tests and tiers promise: ``python -m scoring.validation``.

Identities, their images and embeddings are drawn; the scorer's own kernels rank and score them. No formula of an interval
is used to make the data that judge it.
"""
