"""People: users, sign-up and log-in."""
