#!/bin/sh
# Everything that can be told of the deployment without an account; see tools/check.py.
cd "$(dirname "$0")" && exec python3 -m tools.check "$@"
