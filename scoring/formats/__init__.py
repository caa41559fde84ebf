"""Read submitted files: shapes, containers, bounds and the report of everything that is wrong."""
