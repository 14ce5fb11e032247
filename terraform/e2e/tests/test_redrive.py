"""Redriving: what failed is replayed, whichever way it came into the queue, to whom it was meant for."""

import json

import pytest
import standin
from harness import wait_for
from test_lambda import events
from tools.redrive import keys, redrive

RECORD = {"Records": [{"eventSource": "aws:s3", "s3": {"object": {"key": "a+b.jpg"}}}]}


@pytest.fixture(scope="module")
def failed(simulator):
    """Two functions and a queue."""
    arns = {name: standin.create(simulator, name) for name in ("rendering", "publishing")}
    sqs = simulator.client("sqs")
    queue = sqs.create_queue(QueueName="redriven")["QueueUrl"]

    def put(*bodies):
        for body in bodies:
            sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(body))

    def run(**options):
        said = []
        count = redrive(sqs, simulator.client("lambda"), queue, "rendering", say=said.append, **options)
        return count, said

    return arns, put, run


def kept(arn, code, event=RECORD):
    return {
        "requestContext": {"functionArn": f"{arn}:$LATEST"},
        "requestPayload": event,
        "responsePayload": {"errorType": code},
    }


def seen(simulator, name, count):
    def probe():
        found = [one["event"] for one in events(simulator, name)]
        return found if len(found) >= count else None

    return wait_for(f"{count} events of {name}", probe)


def test_each_event_goes_to_its_function(simulator, failed):
    arns, put, run = failed
    component = {"Records": [{"eventSource": "aws:s3", "s3": {"object": {"key": "incoming/x.wasm"}}}]}
    put(kept(arns["rendering"], "store-unavailable"), RECORD, kept(arns["publishing"], "internal", component))
    count, said = run(dry_run=True)
    assert count == 3 and "     1  store-unavailable, such as a b.jpg" in said
    assert events(simulator, "rendering") == [] == events(simulator, "publishing")

    assert run()[0] == 3
    assert seen(simulator, "rendering", 2) == [RECORD, RECORD]
    assert seen(simulator, "publishing", 1) == [component]
    assert run()[0] == 0


def test_some_of_them(simulator, failed):
    arns, put, run = failed
    before = len(events(simulator, "rendering"))
    put(*[kept(arns["rendering"], code) for code in ("out-of-time", "internal", "internal", "internal")])
    assert run(code="internal", most=2)[0] == 2
    seen(simulator, "rendering", before + 2)
    # The others are still there, and in sight.
    assert run(dry_run=True)[0] == 2
    assert run()[0] == 2


def test_keys_are_read_out_of_what_they_came_through():
    posted = {"Type": "Notification", "Message": json.dumps(RECORD)}
    assert list(keys(RECORD)) == list(keys(posted)) == list(keys({"Records": [{"Sns": posted}]})) == ["a b.jpg"]
    assert list(keys({"source": "aws.s3", "detail": {"object": {"key": "a+b"}}})) == ["a+b"]
