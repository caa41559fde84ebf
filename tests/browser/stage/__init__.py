"""What the browser tests find on the site: people with sessions, competitions and entries in every state."""
