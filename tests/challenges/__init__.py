"""Test the challenge engine and its packs."""
