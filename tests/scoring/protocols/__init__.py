"""One file for each benchmark: a case by hand, and the trap that public code falls into."""
