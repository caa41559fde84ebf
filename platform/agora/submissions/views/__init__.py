"""Pages and endpoints of uploads and submissions."""
