"""Compile the default transform for deployments without a publish function, into dist/prebuilt-x86_64/.

    python3 -m tools.prebuilt                       # what `just build` and `just package` built
    python3 -m tools.prebuilt --component C.wasm --to FOLDER

The gate proves it and the compiler compiles it here, with `obscura publish --here`, into a bucket
on loopback; the folder gets the bucket's objects, and the module's `prebuilt` uploads them. They
work for functions of this machine's architecture.
"""

import argparse
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile

from . import build, toolchain

ROOT = build.ROOT
ARCHITECTURES = {"x86_64": "x86_64", "AMD64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
BUCKET = "components"
DOWNLOAD = """
import sys, pathlib, boto3
s3, to = boto3.client("s3"), pathlib.Path(sys.argv[1])
for page in s3.get_paginator("list_objects_v2").paginate(Bucket="components", Prefix="transforms/"):
    for one in page.get("Contents", []):
        (to / one["Key"]).parent.mkdir(parents=True, exist_ok=True)
        s3.download_file("components", one["Key"], str(to / one["Key"]))
"""
CREATE = 'import boto3; boto3.client("s3").create_bucket(Bucket="components")'


def make(obscura, component, to):
    """Prove and compile it; the folder's files are the bucket's objects."""
    python = toolchain.python("e2e")
    shutil.rmtree(to, ignore_errors=True)
    to.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="obscura-prebuilt-") as state:
        command = [python, "-m", "simulator", "--unmended", "--state", state]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        server = subprocess.Popen(command, cwd=toolchain.HERE / "e2e", text=True, **pipes)
        try:
            environment = {
                **{k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "OBSCURA_"))},
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.stdout.readline().strip()}",
                "AWS_REGION": "us-east-1",
                "AWS_DEFAULT_REGION": "us-east-1",
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
            }
            publish = [obscura, "publish", component, "--here", "--bucket", BUCKET]
            for step in ([python, "-c", CREATE], publish, [python, "-c", DOWNLOAD, to]):
                subprocess.run([str(one) for one in step], env=environment, check=True)
        finally:
            server.stdin.close()
            server.wait(20)


def main():
    arguments = argparse.ArgumentParser(
        prog="prebuilt", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--obscura", type=pathlib.Path, default=build.target_folder() / "debug/obscura")
    arguments.add_argument("--component", type=pathlib.Path, default=ROOT / "dist/resize.wasm")
    architecture = ARCHITECTURES.get(platform.machine(), platform.machine())
    arguments.add_argument("--to", type=pathlib.Path, default=ROOT / f"dist/prebuilt-{architecture}")
    given = arguments.parse_args()
    for path in (given.obscura, given.component):
        if not path.is_file():
            sys.exit(f"{path} is missing: `just build` and `just package` make it")
    try:
        make(given.obscura.resolve(), given.component.resolve(), given.to.resolve())
    except (toolchain.Missing, subprocess.CalledProcessError) as problem:
        sys.exit(str(problem))
    print(f"{given.to}: {sum(one.is_file() for one in given.to.rglob('*'))} files")


if __name__ == "__main__":
    main()
