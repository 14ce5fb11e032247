"""Build the packages twice, in two folders, from the commit: the bytes must be the same.

    python3 -m tools.reproduce                              # everything, for both architectures
    python3 -m tools.reproduce --architecture x86_64 --only transform
"""

import argparse
import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile

from . import build


def digests(folder, commit, arguments):
    """The files of a build of the commit in this folder, by name."""
    folder.mkdir(parents=True)
    archive = subprocess.run(
        ["git", "archive", commit], cwd=build.ROOT, stdout=subprocess.PIPE, check=True
    ).stdout
    subprocess.run(["tar", "-x"], cwd=folder, input=archive, check=True)
    environment = {**os.environ, "CARGO_TARGET_DIR": str(folder / "target")}
    command = [sys.executable, "-m", "tools.build", *arguments]
    if subprocess.run(command, cwd=folder / "terraform", env=environment, check=False).returncode:
        sys.exit("the build failed")
    made = sorted((folder / "dist").iterdir())
    return {one.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in made}


def main():
    arguments = argparse.ArgumentParser(
        prog="reproduce", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.parse_known_args()
    # Resolved once, since there may be a new commit between the builds.
    head = ["git", "rev-parse", "HEAD"]
    commit = subprocess.run(head, cwd=build.ROOT, capture_output=True, text=True, check=True).stdout.strip()
    with tempfile.TemporaryDirectory(prefix="obscura-build-") as name:
        # Folders with different names, since paths can leak into programs.
        folders = [pathlib.Path(name) / one for one in ("first", "somewhere/else")]
        first, second = (digests(folder, commit, sys.argv[1:]) for folder in folders)
    for file, digest in first.items():
        print(f"{file}: {digest} {'twice' if second.get(file) == digest else f'and {second.get(file)}'}")
    if first != second:
        sys.exit("the two builds differ")


if __name__ == "__main__":
    main()
