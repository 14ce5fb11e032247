"""Messages from queues to functions, as an event source mapping takes them.

A message that failed is handed out again when its visibility timeout is over, which takes
minutes; here it is a moment.
"""

import json
import threading
import time

from . import credentials
from .delivery import url

PAUSE = 1


def watch(service):
    """Start a poller for each mapping that comes."""
    from moto.awslambda.models import lambda_backends

    pollers = set()
    while True:
        for account in list(lambda_backends):
            for backend in list(lambda_backends[account].values()):
                for mapping in list(backend._event_source_mappings.values()):
                    if ":sqs:" in mapping.event_source_arn and mapping.uuid not in pollers:
                        pollers.add(mapping.uuid)
                        poller = threading.Thread(
                            target=poll, args=(service, backend, mapping), daemon=True
                        )
                        poller.start()
        time.sleep(0.2)


def poll(service, backend, mapping):
    sqs, signed_for = None, None
    queue = url(mapping.event_source_arn, service.endpoint)
    while mapping.uuid in backend._event_source_mappings:
        try:
            function = backend.get_function(mapping.function_arn)
            if signed_for is not function:
                sqs, signed_for = credentials.client("sqs", function, service.endpoint), function
            received = sqs.receive_message(
                QueueUrl=queue,
                MaxNumberOfMessages=min(mapping.batch_size or 10, 10),
                AttributeNames=["All"],
                WaitTimeSeconds=1,
            )
            messages = received.get("Messages", [])
            if messages and mapping.enabled:
                hand_over(service, backend, function, mapping, sqs, queue, messages)
        except Exception as problem:  # noqa: BLE001: a poller outlives what goes wrong
            service.note(f"{mapping.event_source_arn}: {problem}")
            time.sleep(PAUSE)


def hand_over(service, backend, function, mapping, sqs, queue, messages):
    records = [
        {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message.get("Attributes", {}),
            "messageAttributes": {},
            "md5OfBody": message["MD5OfBody"],
            "eventSource": "aws:sqs",
            "eventSourceARN": mapping.event_source_arn,
            "awsRegion": backend.region_name,
        }
        for message in messages
    ]
    answer = service.invoke(function, json.dumps({"Records": records}).encode())
    failed = failures(mapping, answer, {message["MessageId"] for message in messages})
    for message in messages:
        handle = {"QueueUrl": queue, "ReceiptHandle": message["ReceiptHandle"]}
        if message["MessageId"] in failed:
            sqs.change_message_visibility(**handle, VisibilityTimeout=PAUSE)
        else:
            sqs.delete_message(**handle)


def failures(mapping, answer, everything):
    """The messages to try again; all of them, if the answer is not understood."""
    if answer.failed:
        return everything
    if "ReportBatchItemFailures" not in (mapping.function_response_types or []):
        return set()
    try:
        response = json.loads(answer.payload or b"null") or {}
        named = {one["itemIdentifier"] for one in response.get("batchItemFailures") or []}
    except (ValueError, KeyError, TypeError, AttributeError):
        return everything
    return named if named <= everything else everything
