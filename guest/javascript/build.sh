#!/bin/sh
# Makes target/components/size.wasm, unless it is up to date: the module of `obscura new --language
# javascript` on the interpreter QuickJS, as input of `obscura wrap`. The tool is installed from npm into
# .tools/componentize-qjs.
set -eu
cd "$(dirname "$0")/../.."

source=guest/javascript
tool=.tools/componentize-qjs
component=target/components/size.wasm
module=examples/new/javascript/transform.js.in

command -v npm >/dev/null || {
    [ -z "${REQUIRE_NODE:-}" ] || { echo "npm is needed for $source" >&2; exit 1; }
    echo "npm is not here: the transform size is not built" >&2
    exit 0
}

# Are these exact versions installed?
cmp -s $source/package-lock.json $tool/package-lock.json || {
    rm -rf $tool
    mkdir -p $tool
    cp $source/package.json $source/package-lock.json $tool
    npm ci --prefix $tool --silent --ignore-scripts --no-audit --no-fund || {
        rm -rf $tool
        [ -z "${REQUIRE_NODE:-}" ] || exit 1
        echo "componentize-qjs cannot be installed: the transform size is not built" >&2
        exit 0
    }
}

[ -f $component ] && [ -z "$(find $source $module wit -type f -newer $component)" ] && exit 0

mkdir -p target/components
echo "Building $component"
sed 's/{{name}}/size/' $module >target/components/size.js
$tool/node_modules/.bin/componentize-qjs --wit wit --world file-transform --js target/components/size.js \
    --sync --opt-size --minify --output $component.new >/dev/null
mv $component.new $component
