"""The page as static files, built from `web/` (`cd web && npm ci && npm run build`) and committed, so that running it needs no Node.

Only `FILES` are meant to be served: `index.html` at `/`, the others beside it. Their names carry no hashes, so a server sends
`Cache-Control: no-cache`.
"""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parent
"""The folder with `index.html`."""

FILES = {
    "index.html": "text/html; charset=utf-8",
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "livekit.js": "text/javascript; charset=utf-8",
    "ear-worklet.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
"""File name → content type of each file of the page."""
