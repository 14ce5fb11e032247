"""Redriving: what failed is replayed, whichever way it came into the queue."""

import json

import standin
from harness import allow, wait_for
from test_lambda import events
from tools.redrive import redrive

RECORD = {"Records": [{"eventSource": "aws:s3", "s3": {"object": {"key": "x"}}}]}


def test_events_of_both_shapes_are_replayed(simulator):
    standin.create(simulator, "redriven", [allow("sqs:SendMessage")])
    sqs, lambda_ = simulator.client("sqs"), simulator.client("lambda")
    queue = sqs.create_queue(QueueName="redriven")["QueueUrl"]
    kept = {"requestPayload": RECORD, "responsePayload": {"errorType": "store-unavailable"}}
    for body in (kept, RECORD):
        sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(body))
    said = []
    assert redrive(sqs, lambda_, queue, "redriven", dry_run=True, say=said.append) == 2
    assert any("store-unavailable" in one for one in said)
    assert events(simulator, "redriven") == []

    assert redrive(sqs, lambda_, queue, "redriven", say=said.append) == 2
    wait_for("both events", lambda: len(events(simulator, "redriven")) == 2)
    assert [one["event"] for one in events(simulator, "redriven")] == [RECORD, RECORD]
    assert redrive(sqs, lambda_, queue, "redriven", say=said.append) == 0
