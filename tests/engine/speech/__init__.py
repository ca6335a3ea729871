"""The speech parts."""
