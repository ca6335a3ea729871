"""Antiphon: a voice agent that answers within a heartbeat, and proves it from the caller's ear."""
