"""Tests of `antiphon.webrtc`."""
