"""The ear, checked against signals whose truth is known."""
