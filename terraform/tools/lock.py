"""Lock the packages that are installed from PyPI and npm, with hashes.

    python3 -m tools.lock          # each `*.in` anew into the `*.txt` beside it, each package-lock.json

pip uses the files with --require-hashes, npm with `npm ci`. uv, which resolves for all platforms at
once, is installed from PyPI.
"""

import subprocess

from . import toolchain
from .toolchain import HERE

ROOT = HERE.parent
# The oldest supported Python for each.
PYTHON = {
    "terraform/requirements/zig": "3.9",
    "terraform/requirements/aws": "3.10",
    "terraform/requirements/checkov": "3.10",
    "terraform/requirements/e2e": "3.10",
    "terraform/requirements/lock": "3.9",
    "guest/av1/requirements": "3.9",
    "host/bench/requirements": "3.11",
    "guest/resize/conformance/requirements": "3.11",
    "guest/resize/conformance/suites": "3.11",
}
NODE = ["host/bench", "guest/resize/conformance"]


def main():
    uv = toolchain.python("lock").parent / "uv"
    for path, version in PYTHON.items():
        command = [uv, "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--upgrade"]
        command += ["--no-header", "--no-annotate", "--python-version", version]
        subprocess.run([*command, f"{path}.in", "--output-file", f"{path}.txt"], cwd=ROOT, check=True)
    for folder in NODE:
        # Without the registry's URL: any registry works, because of the hashes.
        command = ["npm", "install", "--package-lock-only", "--omit-lockfile-registry-resolved", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=ROOT / folder, check=True)


if __name__ == "__main__":
    main()
