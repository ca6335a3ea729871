"""Tests of `antiphon.agent`."""
