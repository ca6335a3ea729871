"""The caller's end of every kind of line."""
