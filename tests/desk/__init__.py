"""Tests of `antiphon.desk`."""
