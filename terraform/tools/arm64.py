"""Run the arm64 packages on this machine, under qemu-user: publish the default transform, render a
picture.

    python3 -m tools.arm64            # builds them first python3 -m tools.arm64 --dist DIR # uses
    existing ones

qemu, proot and arm64's C library come from Debian's packages, into `.tools/`; nothing is installed.
The publish function starts itself as a child process, which needs binfmt_misc to run under qemu;
proot replaces it.
"""

import argparse
import os
import pathlib
import platform
import shutil
import subprocess
import sys

from . import build, toolchain
from .toolchain import Missing

PACKAGES = ["qemu-user-static", "proot", "libtalloc2", "libc6-arm64-cross", "libgcc-s1-arm64-cross"]
FOLDER = toolchain.TOOLS / "qemu"
QEMU = FOLDER / "usr/bin/qemu-aarch64-static"
LIBRARIES = FOLDER / "usr/aarch64-linux-gnu"
PROOT = FOLDER / "usr/bin/proot"
RUN = FOLDER / "run"
SCRIPT = """#!/bin/sh
export LD_LIBRARY_PATH='{folder}'/usr/lib/{machine}-linux-gnu PROOT_NO_SECCOMP=1
exec '{proot}' -q '{qemu} -L {libraries}' "$@"
"""


def qemu():
    """The command that runs an arm64 program."""
    if not (QEMU.exists() and PROOT.exists()):
        if not shutil.which("apt-get"):
            raise Missing("qemu-user-static comes from Debian's packages, and there is no apt-get")
        print(f"setting up {FOLDER.relative_to(toolchain.HERE)}", flush=True)
        shutil.rmtree(FOLDER, ignore_errors=True)
        FOLDER.mkdir(parents=True)
        fetch = ["apt-get", "download", "-qq", "-o", "APT::Sandbox::User=root", *PACKAGES]
        if subprocess.run(fetch, cwd=FOLDER, check=False).returncode:
            raise Missing(f"{', '.join(PACKAGES)} cannot be downloaded from Debian; try `apt-get update`")
        for package in FOLDER.glob("*.deb"):
            subprocess.run(["dpkg-deb", "-x", package, FOLDER], check=True)
            package.unlink()
    machine = platform.machine()
    script = SCRIPT.format(folder=FOLDER, machine=machine, proot=PROOT, qemu=QEMU, libraries=LIBRARIES)
    RUN.write_text(script)
    RUN.chmod(0o755)
    return [str(RUN)]


def run(dist):
    """Returns pytest's exit code."""
    program = toolchain.python("e2e")
    environment = {
        **os.environ,
        # The simulated Lambda runs arm64 functions with it.
        "SIMULATOR_ARM64": " ".join(qemu()),
        "OBSCURA_E2E_DIST": str(dist.resolve()),
    }
    command = [program, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", "e2e/tests/arm64"]
    return subprocess.run(command, cwd=toolchain.HERE, env=environment, check=False).returncode


def main():
    arguments = argparse.ArgumentParser(
        prog="arm64", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--dist", type=pathlib.Path, help="existing packages")
    given = arguments.parse_args()
    dist = given.dist or build.ROOT / "dist"
    try:
        qemu()
        if not given.dist:
            build.everything(["arm64"], dist)
        sys.exit(run(dist))
    except Missing as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
