"""The caller's ends of lines."""
