"""Results are the same bytes under every processor kernel, number of threads and order of rows."""
