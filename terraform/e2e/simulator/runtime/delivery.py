"""Asynchronous events: tried again, then kept.

Lambda waits one minute and two minutes before it tries again; here it is a moment.
"""

import json
import time
import uuid
from datetime import datetime, timezone

from . import credentials

PAUSES = [0.2, 0.4]


def run(invoke, function, event, endpoint):
    config = function.event_invoke_config[-1].response() if function.event_invoke_config else {}
    retries = config.get("MaximumRetryAttempts", 2)
    for attempt in range(1 + retries):
        answer = invoke(function, event)
        if not answer.failed:
            return hand_on(function, event, answer, 1 + attempt, config, endpoint)
        time.sleep(PAUSES[min(attempt, len(PAUSES) - 1)])
    on_failure = config.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
    if on_failure:
        keep(function, event, answer, 1 + retries, on_failure, endpoint)


def record_of(function, event, answer, attempts, condition):
    context = {"statusCode": 200} | ({"functionError": "Unhandled"} if answer.failed else {"executedVersion": "$LATEST"})
    return {
        "version": "1.0",
        "timestamp": datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "functionArn": f"{function.function_arn}:$LATEST",
            "condition": condition,
            "approximateInvokeCount": attempts,
        },
        "requestPayload": json.loads(event),
        "responseContext": context,
        "responsePayload": json.loads(answer.payload),
    }


def hand_on(function, event, answer, attempts, config, endpoint):
    """What it answered goes to a bus, with the function's own permissions."""
    bus = config.get("DestinationConfig", {}).get("OnSuccess", {}).get("Destination")
    if not bus:
        return
    entry = {
        "EventBusName": bus.rpartition("/")[2],
        "Source": "lambda",
        "DetailType": "Lambda Function Invocation Result - Success",
        "Resources": [bus, f"{function.function_arn}:$LATEST"],
        "Detail": json.dumps(record_of(function, event, answer, attempts, "Success")),
    }
    credentials.client("events", function, endpoint).put_events(Entries=[entry])


def keep(function, event, answer, attempts, destination, endpoint):
    """Lambda writes the record with the function's own permissions."""
    record = record_of(function, event, answer, attempts, "RetriesExhausted")
    sqs = credentials.client("sqs", function, endpoint)
    sqs.send_message(QueueUrl=url(destination, endpoint), MessageBody=json.dumps(record))


def url(arn, endpoint):
    account, name = arn.split(":")[-2:]
    return f"{endpoint}/{account}/{name}"
