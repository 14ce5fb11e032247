"""Redriving replays failed events to their functions, however they came into the queue."""

import json

import pytest
import standin
from harness import wait_for
from operator_commands import Operator
from test_lambda import events

RECORD = {"Records": [{"eventSource": "aws:s3", "s3": {"object": {"key": "a+b.jpg"}}}]}


@pytest.fixture(scope="module")
def failed(simulator, tmp_path_factory):
    """Two functions and a queue."""
    arns = {name: standin.create(simulator, name) for name in ("rendering", "publishing")}
    sqs = simulator.client("sqs")
    queue = sqs.create_queue(QueueName="redriven")["QueueUrl"]
    has = {"on_failure_queue_url": queue, "transform_function_name": "rendering"}
    operator = Operator(tmp_path_factory.mktemp("redriven"), has, simulator.environment())

    def put(*bodies):
        for body in bodies:
            text = body if isinstance(body, str) else json.dumps(body)
            sqs.send_message(QueueUrl=queue, MessageBody=text)

    def run(*options, code=0):
        """Returns the count and the output."""
        said = operator.run("redrive", *options, code=code)
        (last,) = [line for line in said if "replayed" in line]
        return int(last.split()[0]), said

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
    count, said = run("--dry-run")
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
    assert run("--code", "internal", "--most", "2")[0] == 2
    seen(simulator, "rendering", before + 2)
    # The others are still in the queue, and visible.
    assert run("--dry-run")[0] == 2
    assert run()[0] == 2


def test_what_is_no_event_stays_and_is_told(failed):
    arns, put, run = failed
    put("not JSON", kept(arns["rendering"], "internal"))
    count, said = run(code=1)
    assert count == 1 and "1 message left in the queue: no readable event" in said[-1]
    assert run("--dry-run", code=1)[0] == 0


def test_what_cannot_be_replayed_stays_in_the_queue(simulator, tmp_path):
    sqs = simulator.client("sqs")
    queue = sqs.create_queue(QueueName="kept-on")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(RECORD))
    has = {"on_failure_queue_url": queue, "transform_function_name": "nobody"}
    operator = Operator(tmp_path, has, simulator.environment())
    said = operator.run("redrive", code=2)
    assert said[-1].startswith("error: lambda:InvokeFunction: ResourceNotFoundException"), said
    assert json.loads(operator.run("redrive", "--dry-run", "--json")[0])["events"] == 1
