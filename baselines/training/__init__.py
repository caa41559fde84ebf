"""Train a recipe: the loop, its schedule and optimisers, checkpoints, the journal of events, and the stages of a run."""
