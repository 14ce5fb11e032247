"""Render pictures that were in the source bucket before the pipeline was, or render all again.

Pictures go through the function one by one, in the order of their keys, as S3 Batch Operations
would hand them over; how far it got is kept in a file. Stopped half-way, run it again: it goes on
from there, and a picture whose renditions are up to date is not rendered twice.
"""

import argparse
import json
import pathlib
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote_plus

# us-east-1, x86_64, in dollars; other regions and arm64 differ by up to a third.
GIGABYTE_SECOND = 0.0000166667
REQUEST = 0.0000002
# What a picture takes besides: read, head, and six writes at $0.005 a thousand.
STORAGE = 2 * 0.0000004 + 6 * 0.000005
CHUNK = 100


def cost(pictures, seconds, memory_mb):
    """Dollars for that many pictures of so many seconds each."""
    return pictures * (seconds * memory_mb / 1024 * GIGABYTE_SECOND + REQUEST + STORAGE)


def keys(s3, bucket, prefix, after):
    """Every key behind `after`, in order."""
    start = {"StartAfter": after} if after else {}
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, **start):
        for one in page.get("Contents", []):
            if not one["Key"].endswith("/"):
                yield one["Key"]


def task(bucket, key):
    """The event of one S3 Batch Operations task."""
    return {
        "invocationSchemaVersion": "2.0",
        "invocationId": str(uuid.uuid4()),
        "job": {"id": "backfill", "userArguments": {}},
        "tasks": [
            {"taskId": "0", "s3Bucket": bucket, "s3Key": quote_plus(key), "s3VersionId": None}
        ],
    }


def render(lambda_, function, bucket, key):
    """How it ended, and what the function said; what may succeed on another try gets one."""
    for pause in (0.5, 2, None):
        code, said = attempt(lambda_, function, bucket, key)
        if code != "TemporaryFailure" or pause is None:
            return code, said
        time.sleep(pause)


def attempt(lambda_, function, bucket, key):
    payload = json.dumps(task(bucket, key)).encode()
    answer = lambda_.invoke(FunctionName=function, Payload=payload)
    said = json.load(answer["Payload"])
    if "FunctionError" in answer:
        return "TemporaryFailure", said.get("errorMessage", "")
    result = said["results"][0]
    return result["resultCode"], result.get("resultString", "")


def chunks(items, size, most):
    chunk = []
    for number, item in enumerate(items):
        if most is not None and number >= most:
            break
        chunk.append(item)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


class Progress:
    """How far a backfill got, in a file."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        kept = json.loads(self.path.read_text()) if self.path.exists() else {}
        self.after, self.done = kept.get("after"), kept.get("done", 0)
        self.failed = kept.get("failed", {})

    def keep(self, after, done, failed):
        self.after, self.done = after, self.done + done
        self.failed.update(failed)
        text = json.dumps({"after": after, "done": self.done, "failed": self.failed}, indent=1)
        beside = self.path.with_suffix(".part")
        beside.write_text(text)
        beside.replace(self.path)


def backfill(s3, lambda_, function, bucket, given, say=print):
    """Render what the listing holds; the progress."""
    memory = lambda_.get_function_configuration(FunctionName=function)["MemorySize"]
    progress = Progress(given.state)
    left = keys(s3, bucket, given.prefix, progress.after)
    if given.dry_run:
        count = sum(1 for _ in left)
        count = count if given.most is None else min(count, given.most)
        minutes = count * given.seconds / given.concurrency / 60
        dollars = cost(count, given.seconds, memory)
        say(f"{count} pictures to render, {progress.done} done before")
        say(f"about {minutes:.0f} min and ${dollars:.2f} at {given.seconds} s and {memory} MB each")
        return progress
    spent = 0.0
    with ThreadPoolExecutor(given.concurrency) as pool:
        for chunk in chunks(left, CHUNK, given.most):
            started = time.monotonic()
            results = list(pool.map(lambda key: render(lambda_, function, bucket, key), chunk))
            seconds = (time.monotonic() - started) * given.concurrency
            spent += cost(len(chunk), seconds / len(chunk), memory)
            named = zip(chunk, results)
            failed = {key: f"{code}: {said}" for key, (code, said) in named if code != "Succeeded"}
            progress.keep(chunk[-1], len(chunk), failed)
            say(f"{progress.done} done, {len(progress.failed)} failed, ${spent:.4f} this time")
            if given.most_dollars is not None and spent >= given.most_dollars:
                say(f"stopped: ${given.most_dollars} is spent; run it again to go on")
                break
    return progress


def options(arguments, bucket):
    parser = argparse.ArgumentParser(prog="backfill", description=__doc__)
    parser.add_argument("--dry-run", action="store_true", help="count and estimate, render nothing")
    parser.add_argument("--prefix", default="", help="only keys that begin with it")
    parser.add_argument("--most", type=int, help="stop after this many pictures")
    parser.add_argument("--most-dollars", type=float, help="stop when about this much is spent")
    parser.add_argument("--concurrency", type=int, default=20, help="pictures at a time")
    parser.add_argument("--seconds", type=float, default=0.5, help="a picture takes, for estimates")
    parser.add_argument("--state", default=f"backfill-{bucket}.json", help="how far it got")
    return parser.parse_args(arguments)


def main(has, arguments):
    import boto3
    from botocore.config import Config

    bucket = has["source_bucket_name"]
    given = options(arguments, bucket)
    patient = Config(
        read_timeout=900, max_pool_connections=given.concurrency, retries={"mode": "adaptive"}
    )
    clients = boto3.client("s3"), boto3.client("lambda", config=patient)
    try:
        done = backfill(*clients, has["transform_function_name"], bucket, given)
    except KeyboardInterrupt:
        sys.exit("stopped; run it again to go on")
    if done.failed and not given.dry_run:
        sys.exit(f"{len(done.failed)} pictures failed; {given.state} says which and why")
