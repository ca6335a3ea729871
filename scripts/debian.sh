#!/bin/sh
# Debian packages that only the tests need. `antiphon up` needs none.
set -eu
cd "$(dirname "$0")/.."

needed='chromium|the browser that speaks into the page
fonts-dejavu-core|letters in the pictures of the page
ffmpeg|decodes the recorded prompts
flite|a second voice for synthetic callers
asterisk-core-sounds-en|transcripts of the recorded prompts
asterisk-core-sounds-en-g722|568 recorded prompts
pocketsphinx-testdata|recordings of books, cards and numbers
alsa-utils|recorded words'

if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "This is no Debian: the tests need these of its packages' content; those that miss it will fail." >&2
    printf '%s\n' "$needed" | sed 's/^\([^|]*\)|/  \1: /' >&2
    exit 0
fi

missing=$(printf '%s\n' "$needed" | while IFS='|' read -r package why; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || printf '%s|%s\n' "$package" "$why"
done)
[ -n "$missing" ] || exit 0

PYTHON=.venv/bin/python
. scripts/uv.sh
packages=$(printf '%s\n' "$missing" | cut -d '|' -f 1 | tr '\n' ' ')
if may_install; then
    echo "Installing Debian packages for the tests: $packages…"
    apt_install $packages
else
    echo "The tests need Debian packages that only root may install:" >&2
    printf '%s\n' "$missing" | sed 's/^\([^|]*\)|/  \1: /' >&2
    echo "Do: sudo apt-get install --no-install-recommends $packages" >&2
    exit 1
fi
