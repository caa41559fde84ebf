"""Bricks without a domain: references, leases, storage, errors, queue, children."""
