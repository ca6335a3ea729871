"""Turn-taking: who may speak now. Everything here is sans-I/O and counts in the stream's own time."""
