"""Build what is deployed, on whatever Linux or Mac this is, and package it into dist/.

    python3 -m tools.build                                  # everything, for both architectures
    python3 -m tools.build --architecture arm64 --only transform

- `dist/transform-ARCHITECTURE.zip`: the transform function, without a compiler
- `dist/publish-ARCHITECTURE.zip`: the publish function, with it
- `dist/resize.wasm`: the default transform
- `dist/obscura-linux-ARCHITECTURE.tar.gz`, only if it is asked for (`--only obscura`): the command line with the
  operator's commands, and beside it what `obscura serve` runs

cargo-zigbuild and zig come from PyPI, by their hashes, into `.tools/`; they link against glibc 2.34, whatever this
machine has, and for the other processor too. Paths of this machine are kept out of the programs, so
that the same commit gives the same bytes elsewhere.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys

from . import package, toolchain
from .toolchain import HERE, Missing

TARGETS = {"x86_64": "x86_64-unknown-linux-gnu", "arm64": "aarch64-unknown-linux-gnu"}
WASM = "wasm32-wasip2"
# The program of each, and what cargo is told to build.
FUNCTIONS = {
    "transform": ("bootstrap", ["-p", "obscura", "--bin", "bootstrap"]),
    "publish": ("publisher", ["-p", "obscura", "--bin", "publisher", "--features", "compiler"]),
}
COMMAND_LINE = ("obscura", ["-p", "obscura-cli", "--bin", "obscura", "--features", "operate"])
COMPONENT = "resize"
ROOT = HERE.parent


def target_folder():
    return pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))


def flags():
    """What keeps this machine's paths out of a program."""
    home = pathlib.Path(os.environ.get("CARGO_HOME", pathlib.Path.home() / ".cargo"))
    sysroot = subprocess.run(
        ["rustc", "--print", "sysroot"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
    places = {ROOT: ".", home: "cargo", sysroot: "rust"}
    return [f"--remap-path-prefix={place}={name}" for place, name in places.items()]


def cargo(*arguments, path=None):
    environment = {**os.environ, **({"PATH": path} if path else {})}
    done = subprocess.run(["cargo", *arguments], cwd=ROOT, env=environment, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def add_target(target):
    libraries = subprocess.run(
        ["rustc", "--print", "target-libdir", "--target", target],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.strip()
    if not os.path.isdir(libraries):
        subprocess.run(["rustup", "target", "add", target], cwd=ROOT, check=True)


def with_flags(target):
    """They join what .cargo/config.toml says of the target; an environment variable would replace it."""
    return ["--config", f"target.{target}.rustflags={json.dumps(flags())}"]


def program(name, arguments, architecture):
    """The built program's path."""
    target = TARGETS[architecture]
    add_target(target)
    tools = toolchain.python("zig").parent
    cargo(
        "zigbuild", "--release", "--locked", "--target", f"{target}.2.34", *arguments, *with_flags(target),
        path=f"{tools}{os.pathsep}{os.environ['PATH']}",
    )
    return target_folder() / target / "release" / name


def wasm(name):
    """The built component's path."""
    add_target(WASM)
    cargo("build", "--profile", "guest", "--locked", "--target", WASM, "-p", name, *with_flags(WASM))
    return target_folder() / WASM / "guest" / f"{name.replace('-', '_')}.wasm"


def component(output):
    """The default transform, as it is uploaded."""
    output.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(wasm(COMPONENT), output)
    # What it is built from goes with it: the gate keeps that.
    subprocess.run([ROOT / ".ci/sbom", "embed", output, "--package", COMPONENT], check=True)
    package.describe(output)


def command_line(architecture, output):
    """The command line, and what it looks for beside itself."""
    programs = [program(*one, architecture) for one in (COMMAND_LINE, *FUNCTIONS.values())]
    for built in programs:
        package.check(built, architecture)
    licences = [ROOT / "LICENSE-APACHE", ROOT / "LICENSE-MIT"]
    package.bundle([*programs, wasm(COMPONENT), wasm("file-adapter"), *licences], output)


def everything(architectures, dist, wanted=(*FUNCTIONS, COMPONENT)):
    """Build and package what is wanted."""
    for architecture in architectures:
        for name in (one for one in FUNCTIONS if one in wanted):
            built = program(*FUNCTIONS[name], architecture)
            package.write(built, architecture, dist / f"{name}-{architecture}.zip")
        if COMMAND_LINE[0] in wanted:
            command_line(architecture, dist / f"obscura-linux-{architecture}.tar.gz")
    if COMPONENT in wanted:
        component(dist / f"{COMPONENT}.wasm")


def main():
    arguments = argparse.ArgumentParser(
        prog="build", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--architecture", choices=sorted(TARGETS), action="append", help="default: both")
    arguments.add_argument(
        "--only", choices=[*FUNCTIONS, COMPONENT, COMMAND_LINE[0]], action="append",
        help="default: everything that is deployed",
    )
    arguments.add_argument("--dist", type=pathlib.Path, default=ROOT / "dist")
    given = arguments.parse_args()
    try:
        everything(given.architecture or TARGETS, given.dist, given.only or (*FUNCTIONS, COMPONENT))
    except Missing as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
