"""Calls in rooms of a real livekit-server, with the real engine and real speech."""
