#!/usr/bin/env bash
# Writes both lock files for Python 3.11 and later, with digests and without addresses.
# The resolver lives in a folder that goes again; pip alone installs. Arguments go to it, e.g. --upgrade.
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"${PYTHON:-python3}" -m venv "$scratch"
"$scratch/bin/pip" install --quiet --disable-pip-version-check uv

lock() {
    "$scratch/bin/uv" --no-config pip compile pyproject.toml --quiet --universal --python-version 3.11 \
        --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" "$@"
}
lock --output-file requirements.txt "$@"
lock --group dev --constraint requirements.txt --output-file requirements-dev.txt "$@"
