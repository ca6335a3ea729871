"""Calls in LiveKit rooms."""
