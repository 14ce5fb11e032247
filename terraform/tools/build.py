"""Build a function for Lambda's Amazon Linux 2023, on whatever Linux or Mac this is, and package it.

    python3 -m tools.build --architecture arm64 --output dist/transform-arm64.zip

cargo-zigbuild and zig come from PyPI, into `.tools/`; they link against glibc 2.34, whatever this
machine has, and for the other processor too. Paths of this machine are kept out of the program, so
that the same commit gives the same bytes elsewhere.
"""

import argparse
import os
import pathlib
import subprocess
import sys

from . import package, toolchain
from .toolchain import HERE, Missing

ZIG = ["cargo-zigbuild==0.24.0", "ziglang==0.17.1"]
TARGETS = {"x86_64": "x86_64-unknown-linux-gnu", "arm64": "aarch64-unknown-linux-gnu"}
ROOT = HERE.parent


def build(architecture, program="bootstrap"):
    """The built program's path."""
    tools = toolchain.python("zig", ZIG).parent
    target = TARGETS[architecture]
    home = os.environ.get("CARGO_HOME", pathlib.Path.home() / ".cargo")
    folder = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    environment = {
        **os.environ,
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(
            [f"--remap-path-prefix={ROOT}=.", f"--remap-path-prefix={home}=cargo"]
        ),
    }
    command = ["cargo", "zigbuild", "--release", "--target", f"{target}.2.34"]
    subprocess.run(["rustup", "target", "add", target], cwd=ROOT, env=environment, check=False)
    done = subprocess.run(
        [*command, "-p", "obscura", "--bin", program], cwd=ROOT, env=environment, check=False
    )
    if done.returncode:
        sys.exit(done.returncode)
    return folder / target / "release" / program


def main():
    arguments = argparse.ArgumentParser(prog="build", description=__doc__)
    arguments.add_argument("--architecture", choices=sorted(TARGETS), default="x86_64")
    arguments.add_argument("--program", default="bootstrap")
    arguments.add_argument("--output", type=pathlib.Path, required=True)
    given = arguments.parse_args()
    try:
        binary = build(given.architecture, given.program)
    except Missing as problem:
        sys.exit(str(problem))
    package.write(binary, given.architecture, given.output)


if __name__ == "__main__":
    main()
