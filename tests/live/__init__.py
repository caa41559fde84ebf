"""The whole site as its operator starts it, used over HTTP as its visitors use it."""
