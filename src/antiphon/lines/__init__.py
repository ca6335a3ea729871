"""How a caller gets in: a browser (`page_server`), files, later LiveKit rooms."""
