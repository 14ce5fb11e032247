#!/usr/bin/env bash
# Installs what the comparisons need, below .tools.
set -euo pipefail
cd "$(dirname "$0")/../../.."
sharp=0.35.5
[ -x .tools/conformance/bin/python ] || python3 -m venv .tools/conformance
.tools/conformance/bin/pip install --quiet --requirement guest/resize/conformance/requirements.txt
mkdir -p .tools/sharp
[ -f .tools/sharp/package.json ] || echo '{"private": true}' >.tools/sharp/package.json
[ "$(node -p "require('./.tools/sharp/node_modules/sharp/package.json').version" 2>/dev/null)" = "$sharp" ] ||
    npm install --silent --prefix .tools/sharp "sharp@$sharp"

# Public suites, in the sources of two packages.
[ "${1:-}" != suites ] || [ -d .tools/suites ] || {
    pip=.tools/conformance/bin/pip
    "$pip" install --quiet 'setuptools>=77' pybind11
    "$pip" download --quiet --no-deps --no-build-isolation --no-binary :all: --dest .tools/suites \
        pillow==13.0.0 pypng==0.20220715.0
}
