"""Tests of turn-taking."""
