"""Presets against slow implementations written from descriptions of the public evaluators, and trec_eval itself."""
