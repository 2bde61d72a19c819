#!/bin/sh
# Set up .venv with the locked requirements: `tools/setup.sh base` to run, `tools/setup.sh dev` to
# test as well. Does nothing while the lock is the one that was installed last.
set -eu

kind=${1:-base}
cd "$(dirname "$0")/.."
lock=requirements/$kind.txt
stamp=.venv/.installed-$kind

fail() {
    printf '\n%s\n\n' "$*" >&2
    exit 1
}

find_python() {
    for candidate in ${PYTHON:-python3.11 python3}; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    fail "Python 3.11 is missing. On Debian 12: apt-get install python3 python3-venv.
Elsewhere install Python 3.11 and name it: make PYTHON=/path/to/python3.11 ..."
}

make_environment() {
    python=$(find_python)
    "$python" -c 'import ensurepip, venv' 2>/dev/null || fail \
        "Python's venv module is missing. On Debian and Ubuntu: apt-get install python3-venv"
    echo "Making .venv with $("$python" --version) ..."
    rm -rf .venv
    "$python" -m venv .venv
}

# An environment whose Python was removed or that was copied from elsewhere is made anew.
if ! .venv/bin/python -c '' 2>/dev/null; then
    make_environment
fi
if ! cmp -s "$lock" "$stamp"; then
    echo "Installing $lock ..."
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
        --require-hashes -r "$lock" ||
        fail "The requirements could not be installed: pip needs its package index (see above)."
    cp "$lock" "$stamp"
    if [ "$kind" = dev ]; then
        cp requirements/base.txt .venv/.installed-base
    fi
fi
.venv/bin/python tools/compile_messages.py
