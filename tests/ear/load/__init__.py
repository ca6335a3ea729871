"""The load test, tried."""
