"""The work of scoring: claim, child, finish, sweep and reaper."""
