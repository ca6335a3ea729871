"""Whole calls: real processes, a real browser, real speech."""
