"""Tests of `antiphon.lines`."""
