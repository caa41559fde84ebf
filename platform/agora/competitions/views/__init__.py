"""Pages of a competition and of its teams."""
