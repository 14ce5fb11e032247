"""Show the logs of the functions, one line per event, the newest last. Times are UTC."""

import argparse
import json
import re
import sys
import time

from . import aws

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
COLOURS = {"ERROR": "31", "WARN": "33"}
POLL_SECONDS = 2
# Lambda's runtime repeats what the function has said of an event that failed.
RUNTIME = "Diagnostic {"
# A line may come into the log so much later than another that is newer.
LATE_MS = 10_000


def seconds(text):
    """`90s`, `10m`, `2h` or `1d` in seconds."""
    found = re.fullmatch(r"(\d+)([smhd])", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text} is not a time such as 90s, 10m, 2h or 1d")
    return int(found.group(1)) * UNITS[found.group(2)]


def readable(message, given):
    """The line for people; None for what they do not want to see."""
    try:
        record = json.loads(message)
    except ValueError:
        record = None
    if not isinstance(record, dict):
        # What a process says when it dies is no JSON.
        return message.rstrip() if given.key is None else None
    if "_aws" in record:
        return None
    if "level" not in record:
        kind = record.get("type", "")
        failed = "fault" in kind or record.get("record", {}).get("status") not in (None, "success")
        return f"     {kind} {json.dumps(record.get('record', {}))}" if failed and given.key is None else None
    if record.get("message", "").startswith(RUNTIME):
        return None
    if given.errors and record["level"] not in COLOURS:
        return None
    if given.key is not None and given.key not in record.get("key", ""):
        return None
    return sentence(record, dated=given.since >= UNITS["d"])


def sentence(record, dated=False):
    """The time is UTC; with the date, where lines of several days are shown."""
    at = record["timestamp"][:19].replace("T", " ")
    words = [at if dated else at[11:], f"{record['level']:5}"]
    words.append(f"{record.get('outcome') or record.get('message', ''):18}")
    if "key" in record:
        words.append(record["key"])
    if "ms" in record:
        words.append(f"{record['ms']:.0f} ms")
    if record.get("peak_memory_bytes"):
        words.append(f"{record['peak_memory_bytes'] / 2**20:.0f} MiB")
    if why := record.get("why") or (record.get("outcome") and record.get("level") in COLOURS and record.get("message")):
        words.append(f"- {why}")
    if digest := record.get("digest"):
        words.append(f"({digest.removeprefix('sha256:')[:12]})")
    text = " ".join(words)
    colour = COLOURS.get(record["level"])
    return f"\x1b[{colour}m{text}\x1b[0m" if colour and sys.stdout.isatty() else text


def show(client, group, given, say=print, now=time.time):
    """Print what was said since; with --follow, go on until Ctrl-C. How many lines it was."""
    start, seen, shown = int((now() - given.since) * 1000), set(), 0
    while True:
        newest = start
        pages = client.get_paginator("filter_log_events")
        for page in pages.paginate(logGroupName=group, startTime=start):
            for event in page["events"]:
                newest = max(newest, event["timestamp"])
                if event["eventId"] in seen:
                    continue
                seen.add(event["eventId"])
                line = event["message"].rstrip() if given.raw else readable(event["message"], given)
                if line is not None:
                    say(line)
                    shown += 1
        if not given.follow:
            return shown
        start = max(start, newest - LATE_MS)
        time.sleep(POLL_SECONDS)


def main(has, arguments):
    parser = argparse.ArgumentParser(prog="logs", description=__doc__)
    add = parser.add_argument
    add("--since", type=seconds, default=600, metavar="10m", help="how far back: 90s, 10m, 2h, 1d (default: 10m)")
    add("--follow", action="store_true", help="continue until Ctrl-C")
    add("--errors", action="store_true", help="only failures")
    add("--key", metavar="TEXT", help="only pictures whose key contains this")
    add("--publish", action="store_true", help="of the publish function")
    add("--raw", action="store_true", help="lines as they are, metrics included")
    given = parser.parse_args(arguments)
    function = has["publish_function_name" if given.publish else "transform_function_name"]
    if not function:
        sys.exit("this deployment has no publish function")
    client = aws.client("logs")
    try:
        if show(client, f"/aws/lambda/{function}", given) == 0:
            print("nothing in that time; --since 2h looks further back", file=sys.stderr)
    except client.exceptions.ResourceNotFoundException:
        sys.exit(f"there is no log group /aws/lambda/{function} in {client.meta.region_name}")
    except KeyboardInterrupt:
        pass
