"""Answer with a trained network: features, distances, and rankings in a fixed order."""
