"""Tests of the form brain: whole dialogues (play.py tells their form), and each part alone."""
