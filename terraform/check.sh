#!/bin/sh
# Runs all checks of the deployment that need no account; see tools/check.py.
cd "$(dirname "$0")" && exec python3 -m tools.check "$@"
