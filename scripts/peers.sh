#!/bin/sh
# Makes .tools/peers, the environment of the pipelines that `scripts/bench_peers.py` compares with, from its hashed lock.
set -eu
cd "$(dirname "$0")/.."
python=.tools/peers/bin/python
stamp=.tools/peers/.installed
wanted=$({ pwd -P && cat peers.lock scripts/peers.sh; } | sha256sum)
[ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && exit 0
. scripts/uv.sh
rm -rf .tools/peers
"$UV" venv --quiet --python "${PYTHON:->=3.11}" .tools/peers
echo "Installing pipecat into .tools/peers …"
UV_HTTP_TIMEOUT="${UV_HTTP_TIMEOUT:-180}" "$UV" pip install --quiet --python "$python" --no-deps --require-hashes --no-build \
    --compile-bytecode -r peers.lock
printf '%s\n' "$wanted" >"$stamp"
