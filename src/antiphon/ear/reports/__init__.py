"""What a run found, for people and for CI: a terminal's table, one HTML page, JUnit. A run goes in, text comes out."""
