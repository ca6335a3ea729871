"""Many callers at once: what they hear, what it costs, and how many a machine carries."""
