"""Operate a deployment: its outputs say what is where.

    python3 -m tools.operate examples/minimal status|logs|redrive|backfill|empty …
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys

from . import toolchain

BOTO = ["boto3==1.44.5"]


def outputs(deployment):
    """What `terraform output` says of the deployment."""
    program = toolchain.shutil.which("terraform") or sys.exit("terraform is not on the PATH")
    done = subprocess.run(
        [program, f"-chdir={deployment}", "output", "-json"], capture_output=True, text=True
    )
    found = json.loads(done.stdout) if done.returncode == 0 else {}
    if not found:
        sys.exit(f"nothing is deployed from {deployment}: {done.stderr.strip() or 'no outputs'}")
    return {name: one["value"] for name, one in found.items()}


def with_boto():
    """Go on with a Python that has boto3."""
    try:
        import boto3  # noqa: F401
    except ImportError:
        program = str(toolchain.python("aws", BOTO))
        os.execv(program, [program, "-m", "tools.operate", *sys.argv[1:]])


def status(has, _):
    import boto3

    lambda_, sqs, s3 = (boto3.client(one) for one in ("lambda", "sqs", "s3"))
    function = lambda_.get_function_configuration(FunctionName=has["transform_function_name"])
    print(f"function     {function['FunctionName']}, {function['MemorySize']} MB, {function['Timeout']} s")
    print(f"             {function['Architectures'][0]}, changed {function['LastModified']}")
    for name in ("source", "destination", "components"):
        print(f"{name:12} s3://{has[f'{name}_bucket_name']}")
    bucket = has["components_bucket_name"]
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="transforms/")
    for one in (one for page in pages for one in page.get("Contents", [])):
        if "/channels/" in one["Key"]:
            pointer = json.load(s3.get_object(Bucket=bucket, Key=one["Key"])["Body"])
            print(f"active       {one['Key'].split('/')[1]} {pointer.get('version')}", end=" ")
            print(f"{pointer.get('digest', '?')[:19]} since {pointer.get('activated_at')}")
    for name, queue in (("waiting", "events_queue_url"), ("failed", "on_failure_queue_url")):
        if has.get(queue):
            count = "ApproximateNumberOfMessages"
            got = sqs.get_queue_attributes(QueueUrl=has[queue], AttributeNames=[count])
            print(f"{name:12} {got['Attributes'][count]} events")


def logs(has, arguments):
    group = f"/aws/lambda/{has['transform_function_name']}"
    command = ["aws", "logs", "tail", group, *(arguments or ["--since", "10m", "--follow"])]
    try:
        sys.exit(subprocess.run(command).returncode)
    except FileNotFoundError:
        sys.exit("the aws command line is needed for this: https://aws.amazon.com/cli/")


def redrive(has, arguments):
    import boto3

    from .redrive import redrive

    options = argparse.ArgumentParser(prog="redrive")
    options.add_argument("--dry-run", action="store_true", help="count, replay nothing")
    given = options.parse_args(arguments)
    clients = boto3.client("sqs"), boto3.client("lambda")
    redrive(*clients, has["on_failure_queue_url"], has["transform_function_name"], given.dry_run)


def backfill(has, arguments):
    from . import backfill

    backfill.main(has, arguments)


def empty(has, arguments):
    import boto3

    from .empty import ask, empty

    buckets = [has[f"{one}_bucket_name"] for one in ("source", "destination", "components")]
    ask(buckets, "--yes" in arguments)
    # Its policy lets nobody but the publish function delete artifacts; it goes with the bucket.
    boto3.client("s3").delete_bucket_policy(Bucket=has["components_bucket_name"])
    for bucket in dict.fromkeys(buckets):
        print(f"s3://{bucket}: {empty(boto3.client('s3'), bucket)} versions deleted", flush=True)


COMMANDS = {one.__name__: one for one in (status, logs, redrive, backfill, empty)}


def main():
    arguments = argparse.ArgumentParser(prog="operate", description=__doc__)
    arguments.add_argument("deployment", type=pathlib.Path)
    arguments.add_argument("command", choices=COMMANDS)
    given, rest = arguments.parse_known_args()
    with_boto()
    COMMANDS[given.command](outputs(given.deployment), rest)


if __name__ == "__main__":
    main()
