"""Tests of `antiphon.audio`."""
