"""Start, watch and stop every process of the site on one machine, without importing Django."""
