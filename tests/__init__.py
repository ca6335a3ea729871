"""Tests mirror the sources; tests/calls and tests/e2e start whole processes."""
