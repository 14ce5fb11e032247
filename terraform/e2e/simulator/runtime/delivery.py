"""Asynchronous events: tried again, then kept.

Lambda waits one minute and two minutes before it tries again; here it is a moment.
"""

import json
import time
import uuid
from datetime import datetime, timezone

from . import credentials

PAUSES = [0.2, 0.4]


def run(pool, function, event, endpoint):
    config = function.event_invoke_config[-1].response() if function.event_invoke_config else {}
    retries = config.get("MaximumRetryAttempts", 2)
    for attempt in range(1 + retries):
        answer = pool.invoke(function, event)
        if not answer.failed:
            return
        time.sleep(PAUSES[min(attempt, len(PAUSES) - 1)])
    on_failure = config.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
    if on_failure:
        keep(function, event, answer, 1 + retries, on_failure, endpoint)


def keep(function, event, answer, attempts, destination, endpoint):
    """Lambda writes the record with the function's own permissions."""
    record = {
        "version": "1.0",
        "timestamp": datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "functionArn": f"{function.function_arn}:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": attempts,
        },
        "requestPayload": json.loads(event),
        "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
        "responsePayload": json.loads(answer.payload),
    }
    sqs = credentials.client("sqs", function, endpoint)
    sqs.send_message(QueueUrl=url(destination, endpoint), MessageBody=json.dumps(record))


def url(arn, endpoint):
    account, name = arn.split(":")[-2:]
    return f"{endpoint}/{account}/{name}"
