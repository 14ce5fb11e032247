"""Replay what failed for good: each event of the on-failure queue goes to its function again.

An event leaves the queue once the function's service has taken it; one that fails again comes
back into the queue. Stopped half-way, nothing is lost: run it again.
"""

import argparse
import collections
import json
from urllib.parse import unquote_plus

from . import aws

# A message that is looked at is out of sight for this long.
HIDDEN_SECONDS = 120


def payload(record):
    """The event of a record that Lambda kept, or of a message that a queue gave up."""
    return record.get("requestPayload", record)


def target(record, function):
    """Whose event it was; messages of a queue were the transform function's."""
    arn = record.get("requestContext", {}).get("functionArn", "")
    # arn:aws:lambda:REGION:ACCOUNT:function:NAME[:VERSION]
    return arn.split(":")[6] if arn.count(":") >= 6 else function


def reason(record):
    """Why it failed, as far as the record says."""
    answer = record.get("responsePayload") or {}
    return answer.get("errorType") or "no reason recorded"


def keys(event):
    """The objects that an event is about, for people, whatever it came through."""
    if event.get("source") == "aws.s3":
        yield event["detail"]["object"]["key"]
    if event.get("Type") == "Notification":
        yield from keys(json.loads(event["Message"]))
    for one in event.get("Records", []):
        if "s3" in one:
            yield unquote_plus(one["s3"]["object"]["key"])
        if "Sns" in one:
            yield from keys(json.loads(one["Sns"]["Message"]))


def messages(sqs, queue):
    """Every message once; those seen stay out of sight."""
    while True:
        answer = sqs.receive_message(
            QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=HIDDEN_SECONDS, WaitTimeSeconds=1
        )
        if not answer.get("Messages"):
            return
        yield from answer["Messages"]


def redrive(sqs, lambda_, queue, function, dry_run=False, code=None, most=None, say=print):
    """How many events were replayed, or would be."""
    reasons, examples = collections.Counter(), {}
    back, taken = [], 0
    for message in messages(sqs, queue):
        record = json.loads(message["Body"])
        handle = {"QueueUrl": queue, "ReceiptHandle": message["ReceiptHandle"]}
        if (code and reason(record) != code) or (most is not None and taken >= most):
            back.append(handle)
            continue
        taken += 1
        reasons[reason(record)] += 1
        examples.setdefault(reason(record), next(keys(payload(record)), None))
        if dry_run:
            back.append(handle)
            continue
        lambda_.invoke(
            FunctionName=target(record, function),
            InvocationType="Event",
            Payload=json.dumps(payload(record)).encode(),
        )
        sqs.delete_message(**handle)
        if taken % 100 == 0:
            say(f"{taken} replayed")
    for handle in back:
        sqs.change_message_visibility(**handle, VisibilityTimeout=0)
    for name, count in reasons.most_common():
        say(f"{count:6}  {name}" + (f", such as {examples[name]}" if examples[name] else ""))
    one = taken == 1
    verb = "would be" if dry_run else "was" if one else "were"
    say(f"{taken} {'event' if one else 'events'} {verb} replayed")
    return taken


def main(has, arguments):
    options = argparse.ArgumentParser(
        prog="redrive", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--dry-run", action="store_true", help="count by reason, replay nothing")
    options.add_argument("--code", help="only events that failed with this code")
    options.add_argument("--most", type=int, help="at most this many")
    given = options.parse_args(arguments)
    redrive(
        aws.client("sqs"),
        aws.client("lambda"),
        has["on_failure_queue_url"],
        has["transform_function_name"],
        given.dry_run,
        given.code,
        given.most,
    )
