#!/bin/sh
# Resolve requirements/*.in into requirements/*.txt with hashes. Run it with Debian 12's Python
# 3.11.2, so that what only that version needs is kept (see requirements/base.in).
set -eu
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-/usr/bin/python3.11}" -m venv "$folder"
"$folder/bin/pip" install --quiet 'pip-tools==7.6.2'
cd requirements
export CUSTOM_COMPILE_COMMAND="make lock"
for name in base dev; do
    "$folder/bin/pip-compile" --quiet --generate-hashes --strip-extras --allow-unsafe \
        --no-emit-index-url --no-emit-find-links --no-emit-options -o "$name.txt" "$name.in"
done
