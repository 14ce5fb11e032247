"""Replay what failed for good: every event of the on-failure queue goes to the function again.

    python3 -m tools.redrive --queue URL --function NAME --dry-run
    python3 -m tools.redrive --queue URL --function NAME

An event leaves the queue once the function's service has taken it; one that fails again comes
back into the queue. Stopped half-way, nothing is lost: run it again.
"""

import argparse
import collections
import json

# A message that is looked at is out of sight for this long.
HIDDEN_SECONDS = 120


def payload(body):
    """The event of a record that Lambda kept, or of a message that a queue gave up."""
    record = json.loads(body)
    return record.get("requestPayload", record)


def reason(body):
    """Why it failed, as far as the record says."""
    answer = json.loads(body).get("responsePayload") or {}
    return answer.get("errorType") or "no reason recorded"


def messages(sqs, queue, hidden):
    """Every message once; those seen stay out of sight."""
    while True:
        answer = sqs.receive_message(
            QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=hidden, WaitTimeSeconds=1
        )
        if not answer.get("Messages"):
            return
        yield from answer["Messages"]


def redrive(sqs, lambda_, queue, function, dry_run=False, say=print):
    """How many events were replayed, or would be."""
    reasons = collections.Counter()
    seen = []
    for message in messages(sqs, queue, HIDDEN_SECONDS):
        reasons[reason(message["Body"])] += 1
        handle = {"QueueUrl": queue, "ReceiptHandle": message["ReceiptHandle"]}
        if dry_run:
            seen.append(handle)
            continue
        event = json.dumps(payload(message["Body"])).encode()
        lambda_.invoke(FunctionName=function, InvocationType="Event", Payload=event)
        sqs.delete_message(**handle)
    for handle in seen:
        sqs.change_message_visibility(**handle, VisibilityTimeout=0)
    for name, count in reasons.most_common():
        say(f"{count:6}  {name}")
    total = sum(reasons.values())
    say(f"{total} events {'would be' if dry_run else 'were'} replayed")
    return total


def main():
    import boto3

    arguments = argparse.ArgumentParser(prog="redrive", description=__doc__)
    arguments.add_argument("--queue", required=True, help="URL of the on-failure queue")
    arguments.add_argument("--function", required=True, help="name of the transform function")
    arguments.add_argument("--dry-run", action="store_true", help="count, replay nothing")
    given = arguments.parse_args()
    redrive(boto3.client("sqs"), boto3.client("lambda"), given.queue, given.function, given.dry_run)


if __name__ == "__main__":
    main()
