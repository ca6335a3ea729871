#!/bin/sh
# Makes or refreshes .venv from the hashed locks. usage: install.sh run|dev
#
# A stamp holds the digest of everything that decided the content, so that a second run costs some milliseconds.
set -eu
cd "$(dirname "$0")/.."
kind=${1:-run}
case $kind in
run) locks="requirements.lock models.lock" ;;
dev) locks="requirements.lock models.lock requirements-dev.lock models-dev.lock" ;;
*)
    echo "usage: install.sh run|dev" >&2
    exit 2
    ;;
esac
venv_python=.venv/bin/python
stamp=.venv/.installed-$kind

# The folder is part of it: an environment that was moved or copied has wrong paths inside.
wanted=$({ pwd -P && cat $locks pyproject.toml scripts/install.sh; } | sha256sum)

runs() { "$venv_python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

if ! { [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && runs; }; then
    . scripts/uv.sh
    # One that was moved or copied here is made anew; one that somebody made by hand is used as it is.
    if ! runs || [ "$(cat .venv/.folder 2>/dev/null || pwd -P)" != "$(pwd -P)" ]; then
        rm -rf .venv
        "$UV" venv --quiet --python "${PYTHON:->=3.11}" .venv || {
            echo "No Python 3.11 or newer was found, nor could one be fetched: install it, or say where it is: make … PYTHON=/path/to/python3" >&2
            exit 1
        }
    fi
    pwd -P >.venv/.folder
    echo "Installing into .venv ($("$venv_python" --version)) …"
    files=
    for lock in $locks; do files="$files -r $lock"; done
    # The locks name every package, so nothing is resolved; wheels only, so nothing is built. Bytecode is compiled now: without it
    # importing LiveKit takes 6.5 s instead of 3.9.
    try=1
    until UV_HTTP_TIMEOUT="${UV_HTTP_TIMEOUT:-180}" "$UV" pip install --python "$venv_python" --no-deps --require-hashes --no-build \
        --compile-bytecode $files; do
        [ $try -lt 3 ] || { echo "The packages could not be installed; is there a network?" >&2; exit 1; }
        try=$((try + 1))
        echo "Once more ($try of 3) …" >&2
        sleep 2
    done
    # The build backend comes from the lock too, hence no isolation.
    "$UV" pip install --quiet --python "$venv_python" --no-deps --no-build-isolation --editable .
    printf '%s\n' "$wanted" >"$stamp"
fi

# The project's own bytecode, even where PYTHONDONTWRITEBYTECODE is set: four processes import it at every start.
"$venv_python" -m compileall -q src/antiphon || true
