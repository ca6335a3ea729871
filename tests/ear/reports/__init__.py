"""The reports, tried."""
