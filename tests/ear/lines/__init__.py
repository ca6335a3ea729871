"""The lines, tried."""
