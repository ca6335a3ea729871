"""Worker processes, on a real livekit-server."""
