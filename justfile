# All tasks of the project. `just` lists them; use `./justw` where `just` is not installed.

set positional-arguments

just := just_executable()
obscura := justfile_directory() / "target/debug/obscura"

# The programs look for each other there.
export CARGO_TARGET_DIR := justfile_directory() / "target"

_list:
    @'{{ just }}' --list --unsorted

# Upload photographs to the pipeline on this machine and see what appears (PHOTO… for your own)
demo *arguments: build
    @'{{ obscura }}' demo "$@"

# Run the tests of the host, the transforms and the npm package; skip what passed and has not changed since (--again: skip nothing)
test *again: build
    @.ci/test '{{ just }}' '_test-host _test-guests _test-page' "$@"

# Run every test and the lints: besides `test`, kills at every request, the operator's commands, AVIF and HEIC, browsers, and a simulated AWS
test-all *again: operator build
    @.ci/test '{{ just }}' '_test-host _test-guests _test-page _test-long _test-heif _test-faces _test-browser _test-terraform lint' "$@"

# Run the pipeline on this machine until Ctrl-C, for uploads with any S3 client
serve *arguments: build
    @'{{ obscura }}' serve "$@"

# Render local files in the sandbox, without S3 (FILE… --out DIR)
render *arguments: build
    @'{{ obscura }}' render "$@"

# Check whether a component would be published, without a bucket (C.wasm [--golden DIR])
check *arguments: build
    @'{{ obscura }}' check "$@"

# Publish a component, here or in a deployment (C.wasm [--bucket NAME])
publish *arguments: build
    @'{{ obscura }}' publish "$@"

# Build the transform `resize`, both functions and the command line
build: _toolchain
    @.ci/build

# Build the command line with the operator's commands for AWS: logs, redrive, backfill… (minutes the first time)
operator: _toolchain
    @.ci/operator

# Build every transform, into target/wasm32-wasip2/guest and target/components
transforms: _toolchain _inspect _resize-heif _resize-avif _resize-faces
    cargo build --profile guest --target wasm32-wasip2 -p placeholder -p file-adapter
    cargo build --profile guest --target wasm32-wasip2 -p watermark
    cargo build --profile guest --target wasm32-wasip2 -p negative

# Check format, lints and the licences of dependencies (those only with cargo-deny), workflows (with zizmor)
lint: _toolchain _av1
    @cargo fmt --version >/dev/null 2>&1 || rustup component add rustfmt
    @cargo clippy --version >/dev/null 2>&1 || rustup component add clippy
    cargo fmt --all --check
    cargo fmt --manifest-path guest/fuzz/Cargo.toml --check
    cargo fmt --manifest-path host/fuzz/Cargo.toml --check
    cargo clippy --all-targets -p obscura -p obscura-local -p obscura-cli --features obscura/compiler,obscura-cli/measure,obscura-cli/operate -- -D warnings
    cargo clippy -p obscura-cli -- -D warnings
    cargo clippy --all-targets -p obscura-av1 -p obscura-sdk -p obscura-jpeg -p obscura-picture -p obscura-simd -p obscura-vp8 -p obscura-vp8l -p resize -p placeholder -p watermark -p negative -- -D warnings
    cargo clippy --all-targets -p obscura-picture -p resize --features resize/avif -- -D warnings
    cargo clippy --all-targets -p obscura-picture -p resize --features resize/heic -- -D warnings
    cargo clippy --all-targets -p obscura-faces -p resize --features resize/faces -- -D warnings
    cargo clippy --target wasm32-wasip2 -p obscura-sdk -p obscura-jpeg -p obscura-picture -p obscura-simd -p obscura-vp8 -p obscura-vp8l -p resize -p resize-avif -p resize-faces -p resize-heif -p placeholder -p watermark -p file-adapter -- -D warnings
    @if command -v cargo-deny >/dev/null; then '{{ just }}' licences; fi
    @if command -v zizmor >/dev/null; then zizmor --offline --quiet .github; fi

# Check the licences, sources and duplicates of dependencies (installs cargo-deny: takes minutes)
licences:
    @command -v cargo-deny >/dev/null || [ -x .tools/bin/cargo-deny ] || cargo install cargo-deny --version 0.20.2 --locked --debug --root .tools
    @PATH="$PATH:{{ justfile_directory() }}/.tools/bin" cargo deny check licenses bans sources

# Check dependencies for known vulnerabilities (needs the network)
advisories: licences
    @PATH="$PATH:{{ justfile_directory() }}/.tools/bin" cargo deny check advisories

# Measure against sharp and Pillow, and write BENCHMARKS.md (--quick: under three minutes, once built)
bench *arguments: _judge
    host/bench/setup
    cargo build --profile guest --target wasm32-wasip2 -p placeholder
    cargo build --profile guest --target wasm32-wasip2 -p watermark
    cargo build --profile guest --target wasm32-wasip2 -p resize
    cargo build --release -p obscura --bin bootstrap
    cargo build --release -p obscura-cli --features measure
    RUSTFLAGS=-Ctarget-cpu=x86-64-v3 cargo build --profile guest -p resize --example native --target-dir target/native
    .tools/bench/python/bin/python host/bench/run.py "$@"

# Measure bursts and a steady load next to Node and Python workers, then run a soak test, and write host/bench/LOAD.md (--help)
load *arguments: _toolchain
    host/bench/setup
    cargo build --profile guest --target wasm32-wasip2 -p resize
    cargo build --release -p obscura --bin bootstrap
    cargo build --release -p obscura --features compiler --bin publisher
    cargo build --release -p obscura-cli --features measure
    .tools/bench/python/bin/python host/bench/load.py "$@"

# Scores renditions by SSIMULACRA2.
_judge: _toolchain
    cargo build --profile guest -p resize --example score

# Render every kind of input next to sharp and Pillow, by every transform, and write guest/resize/CONFORMANCE.md
conformance: build _resize-heif _resize-avif _judge
    cargo build --profile guest --target wasm32-wasip2 -p placeholder
    cargo build --profile guest --target wasm32-wasip2 -p watermark
    guest/resize/conformance/install.sh
    .tools/conformance/bin/python guest/resize/conformance/run.py

# Compare bytes at equal quality with sharp, write guest/resize/RATE.md and rate.svg (an hour; --every 4: a quarter)
rate *arguments: build _resize-avif _judge
    guest/resize/conformance/install.sh photographs
    .tools/conformance/bin/python guest/resize/conformance/rate.py "$@"

# Compare what crops keep of faces and things with sharp and smartcrop, and write guest/resize/CROP.md
crop *arguments: build _resize-faces
    guest/resize/conformance/install.sh subjects
    .tools/conformance/bin/python guest/resize/conformance/crop.py "$@"

# Render the public test suites of pictures in packages, and count correct results
suites: build _resize-heif
    guest/resize/conformance/install.sh suites
    .tools/conformance/bin/python guest/resize/conformance/suites.py

# Render pictures at and beyond the limits: 100 megapixels, bombs, 10,000 frames
limits: build
    guest/resize/conformance/install.sh
    .tools/conformance/bin/python guest/resize/conformance/limits.py

# Render damaged files of every format in the sandbox (COUNT, default 200,000, and SEED)
mutate *arguments: build _resize-heif
    guest/resize/conformance/install.sh
    .tools/conformance/bin/python guest/resize/conformance/mutate.py "$@"

# Swap components 50 times during 2,000 uploads, and let publishers race 100 times (takes minutes)
stress: build
    cargo test -p obscura -p obscura-local -p obscura-cli --features obscura/compiler --test pipeline -- --ignored --nocapture --test-threads=1 stress_

# Build the deployment files into dist/: both functions' zips and the default transform ([x86_64] [arm64])
package *architectures: _toolchain
    .ci/package "$@"

# Fuzz parsers of outside data ([TARGET…] [--seconds N]; by default, a minute each)
fuzz *arguments: _toolchain
    @.ci/fuzz "$@"

# Show that a bad canary is withdrawn, repaired and verified during 2,000 uploads, with figures
canary: build _function
    cargo test -p obscura -p obscura-local -p obscura-cli --features obscura/compiler --test pipeline -- --ignored --nocapture a_bad_canary_among_two_thousand_uploads

# Regenerate the schemas and types of documents, manifests and events in host/
schema:
    UPDATE=1 cargo test -q -p obscura --features compiler --test schema

# Write the dependencies of programs and components into dist/sbom, as CycloneDX
sbom: _toolchain
    @.ci/sbom write

# Build the documentation as a book, into target/book (installs mdBook: takes minutes)
book:
    @.ci/book

# Remove build outputs, installed tools and stored data in this folder
clean:
    cargo clean
    rm -rf .tools .obscura dist

import 'terraform/cloud.just'

# The parts of `test` and `test-all`.

_test-host: _function _inspect _javascript _c
    cargo test --no-fail-fast -p obscura -p obscura-local -p obscura-cli --features "$(.ci/features)"

# Kills at every request, and a new transform in Rust, built from nothing.
_test-long: _function
    cargo test --no-fail-fast -p obscura -p obscura-local -p obscura-cli --features "$(.ci/features)" --test pipeline --test new -- --ignored killed_at_every_request one_in_rust

_test-guests:
    cargo test --no-fail-fast -p obscura-sdk -p obscura-jpeg -p obscura-picture -p obscura-simd -p obscura-vp8 -p obscura-vp8l -p resize -p placeholder -p watermark -p negative
    cargo test -p obscura-faces
    cargo test -p resize --features faces --test faces --lib

# AVIF and HEIC: whether they are read and written correctly, whether the gate takes `resize-heif`, and whether
# it renders HEIC in the sandbox.
_test-heif: build _resize-heif
    cargo test -p obscura-av1
    cargo test -p obscura-picture --features avif --lib avif
    cargo test -p resize --features avif --test avif
    cargo test -p obscura-picture --features heic --lib heic
    cargo test -p resize --features heic --test heic
    '{{ obscura }}' check target/wasm32-wasip2/guest/resize_heif.wasm
    '{{ obscura }}' render --component target/wasm32-wasip2/guest/resize_heif.wasm --out target/tested/heic guest/resize/tests/heic/4-2-0.heic guest/resize/tests/heic/grid.heic guest/resize/tests/heic/opacity.heic

# Whether the gate takes `resize-faces`.
_test-faces: build _resize-faces
    '{{ obscura }}' check target/wasm32-wasip2/guest/resize_faces.wasm

# Skipped where there is no npm, unless REQUIRE_NODE is set.
_test-page:
    @.ci/page

# Skipped where there is no browser or no npm, unless REQUIRE_BROWSER is set.
_test-browser: build _fixtures
    @.ci/browsers

# Components for the tests of the page: good ones, a bad one, and a hostile one.
_fixtures: _toolchain
    cargo build --profile guest --target wasm32-wasip2 -p fixture-echo -p fixture-echo-next -p fixture-echo-faulty -p fixture-hostile

_test-terraform: operator _function _lambda
    terraform/check.sh

# What compiles the encoder of AVIF.
_av1:
    @.ci/av1

# `resize` comes second: building `resize-avif` also produces a `resize.wasm`, with AVIF in it.
_resize-avif: _toolchain _av1
    cargo build --profile guest --target wasm32-wasip2 -p resize-avif
    cargo build --profile guest --target wasm32-wasip2 -p resize

# The same applies to this one as to `resize-avif`.
_resize-heif: _toolchain _av1
    cargo build --profile guest --target wasm32-wasip2 -p resize-heif
    cargo build --profile guest --target wasm32-wasip2 -p resize

# It is with this one as with `resize-avif`.
_resize-faces: _toolchain
    cargo build --profile guest --target wasm32-wasip2 -p resize-faces
    cargo build --profile guest --target wasm32-wasip2 -p resize

# Skipped where there is no Python, unless REQUIRE_PYTHON is set.
_inspect:
    @examples/inspect/build.sh

# The compiler for the test of a transform in C: 80 MB, so only if REQUIRE_PYTHON is set.
_c:
    @[ -z "${REQUIRE_PYTHON:-}" ] || (cd terraform && python3 -c 'from tools import toolchain; toolchain.python("zig")')

# Skipped where there is no npm, unless REQUIRE_NODE is set.
_javascript:
    @guest/javascript/build.sh

_toolchain:
    @.ci/toolchain

# Lambda's program, without a compiler.
_function: _toolchain
    cargo build -p obscura --bin bootstrap

# The program that runs the functions of the simulated AWS.
_lambda: _toolchain
    cargo build -p obscura-local --bin obscura-lambda
