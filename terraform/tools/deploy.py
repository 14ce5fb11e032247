"""Deploy and destroy a configuration.

The files of `just package` are passed to Terraform as the examples' variables, unless the
environment (TF_VAR_…) sets them.
"""

import argparse
import os
import subprocess
import sys

from . import adopt, aws, empty, toolchain

DIST = toolchain.HERE.parent / "dist"
PRICE = "Without uploads, nothing runs; terraform/docs/costs.md has figures."


def environment():
    """Terraform's environment, with the packages; see the examples' variables."""
    try:
        _, environment = toolchain.own()
    except toolchain.Missing:
        sys.exit("terraform 1.9 or newer is needed: https://developer.hashicorp.com/terraform/install")
    architecture = environment.get("TF_VAR_architecture", "x86_64")
    defaults = {
        "transform_package": DIST / f"transform-{architecture}.zip",
        "publish_package": DIST / f"publish-{architecture}.zip",
        "default_transform": DIST / "resize.wasm",
    }
    given = {f"TF_VAR_{name}": str(path) for name, path in defaults.items()}
    return {**given, **environment}


def packaged(variables):
    """Build what is missing."""
    missing = [
        variables[name]
        for name in ("TF_VAR_transform_package", "TF_VAR_publish_package", "TF_VAR_default_transform")
        if not os.path.exists(variables[name])
    ]
    if not missing:
        return
    print(f"{missing[0]} is missing: building it, which takes minutes", flush=True)
    architecture = variables.get("TF_VAR_architecture", "x86_64")
    command = [str(toolchain.HERE.parent / ".ci/package"), architecture]
    if subprocess.run(command, check=False).returncode:
        sys.exit("the packages could not be built; `just package` says why")


def signed_in():
    """Print account and region; stop if there are no credentials."""
    try:
        region = aws.client("s3").meta.region_name
        who = aws.client("sts").get_caller_identity()
    except Exception as problem:  # noqa: BLE001: botocore has a dozen exceptions for missing credentials
        sys.exit(f"you are not signed in to AWS ({problem}); try `aws sso login` or `aws configure`")
    print(f"account {who['Account']}, region {region}, as {who['Arn']}", flush=True)


def terraform(deployment, variables, command, *arguments):
    """Run it, pass on and keep its error output; returns the result."""
    program, _ = toolchain.own()
    colours = [] if sys.stdout.isatty() else ["-no-color"]
    command = [program, f"-chdir={deployment}", command, *colours, *arguments]
    process = subprocess.Popen(command, env=variables, stderr=subprocess.PIPE, text=True)
    said = []
    for line in process.stderr:
        said.append(line)
        print(line, end="", file=sys.stderr, flush=True)
    return subprocess.CompletedProcess(command, process.wait(), stderr="".join(said))


def deploy(deployment, arguments):
    variables = environment()
    packaged(variables)
    signed_in()
    if code := terraform(deployment, variables, "init", "-input=false").returncode:
        sys.exit(code)

    def run(command, *rest):
        # Arguments of the apply are not passed to an import.
        given = arguments if command == "apply" else [one for one in arguments if one.startswith("-var")]
        return terraform(deployment, variables, command, *given, *rest)

    if code := adopt.apply(run).returncode:
        sys.exit(code)
    if "-help" not in arguments:
        invite(toolchain.outputs(deployment, variables))


def invite(has):
    source, prefix = has["source_bucket_name"], has.get("source_prefix", "")
    print(f"\n{PRICE} Try it:")
    print(f"  aws s3 cp photo.jpg s3://{source}/{prefix}photo.jpg")
    print(f"  aws s3 ls --recursive s3://{has['destination_bucket_name']}/")
    print("  just status")


def destroy(deployment, arguments):
    parser = argparse.ArgumentParser(
        prog="destroy", description="Empty the buckets and destroy. Other arguments are Terraform's."
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")
    given, others = parser.parse_known_args(arguments)
    variables = environment()
    signed_in()
    if code := terraform(deployment, variables, "init", "-input=false").returncode:
        sys.exit(code)
    has = toolchain.outputs(deployment, variables)
    if has:
        empty.ask(has["created_buckets"], given.yes)
        empty.created(has)
    # An interrupted apply has no outputs yet, and its buckets are empty.
    unasked = ["-auto-approve"] if given.yes else []
    sys.exit(terraform(deployment, variables, "destroy", *unasked, *others).returncode)
