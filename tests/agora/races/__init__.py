"""What people and workers do at the same moment, on real connections with committed data."""
