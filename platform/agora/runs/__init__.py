"""Baseline runs: queue, child, progress, end; each run trains and answers on what participants see and enters its answer."""
