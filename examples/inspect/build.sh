#!/bin/sh
# Makes target/components/inspect.wasm, unless it is newer than what it is made of. The tool that
# does it comes from PyPI, into .tools/componentize-py.
set -eu
cd "$(dirname "$0")/../.."

source=examples/inspect
tool=.tools/componentize-py
component=target/components/inspect.wasm

command -v python3 >/dev/null || {
    [ -z "${REQUIRE_PYTHON:-}" ] || { echo "python3 is needed for $source" >&2; exit 1; }
    echo "python3 is not here: the transform inspect is not built" >&2
    exit 0
}

# Installed for these very pins?
pins=$tool/requirements.txt
cmp -s $source/requirements.txt $pins || {
    rm -rf $tool
    python3 -m venv $tool
    $tool/bin/pip install --quiet --disable-pip-version-check --require-hashes \
        -r $source/requirements.txt
    cp $source/requirements.txt $pins
}

[ -f $component ] && [ -z "$(find $source wit -type f -newer $component \
    ! -name '*.md' ! -name '*.pyc')" ] && exit 0

mkdir -p target/components
echo "Building $component"
$tool/bin/componentize-py --quiet --wit-path wit --world transform \
    componentize --stub-wasi --python-path $source --output $component.new app
mv $component.new $component
