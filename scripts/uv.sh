# Sourced from the project's root: sets UV to a working uv, the machine's own or one in .tools.
#
# A pinned, hashed uv is installed with the machine's pip; nothing is piped into a shell from the network, and nothing outside
# this folder changes (`pip install --target` is allowed on machines whose Python is "externally managed").

uv_works() { "$1" --version >/dev/null 2>&1; }

# Root, or sudo that asks no password: anything else would stop in the middle with a prompt.
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}
may_install() {
    command -v apt-get >/dev/null 2>&1 && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }
}
apt_install() {
    as_root apt-get -qq update
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@" >/dev/null
}

find_python() {
    for python in "${PYTHON:-python3}" python3 python3.13 python3.12 python3.11 python; do
        "$python" -c 'import sys; sys.exit(sys.version_info < (3, 8))' 2>/dev/null && return
    done
    return 1
}

pip_uv() { # with whichever of pip and venv this Python has
    if "$python" -m pip --version >/dev/null 2>&1; then
        # The user's pip settings may say --user, which contradicts --target.
        PIP_USER=0 PIP_REQUIRE_VIRTUALENV=0 "$python" -m pip install --quiet --disable-pip-version-check \
            --no-compile --require-hashes --target .tools/uv --upgrade -r tools.lock
    elif "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        "$python" -m venv .tools/uv &&
            .tools/uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tools.lock
    else
        return 3
    fi
}

get_uv() {
    find_python || {
        may_install && apt_install python3 python3-venv ca-certificates && find_python
    } || {
        echo "Python 3.11 or newer is needed: install python3 and python3-venv." >&2
        return 1
    }
    echo "Installing uv into .tools …" >&2
    rm -rf .tools/uv
    mkdir -p .tools
    pip_uv && return
    [ $? = 3 ] || return 1
    may_install || {
        echo "This Python has neither pip nor venv. Install the Debian package python3-venv (it makes the environment), then" >&2
        echo "try again: sudo apt-get install python3-venv" >&2
        return 1
    }
    apt_install python3-venv ca-certificates && pip_uv
}

UV=uv
if ! uv_works uv; then
    UV=.tools/uv/bin/uv
    uv_works "$UV" || get_uv
    uv_works "$UV" || { echo "uv could not be installed; see https://docs.astral.sh/uv for other ways." >&2; exit 1; }
fi
