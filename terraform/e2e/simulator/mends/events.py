"""Notifications of S3."""

import itertools
import json
import threading
import time
from datetime import datetime, timezone
from urllib.parse import quote_plus

from flask import request
from moto.s3 import notifications
from moto.s3.models import FakeDeleteMarker, S3Backend

from ..runtime import service

SEQUENCE = itertools.count(int(time.time() * 1000) << 20)


def describe_as_s3_does():
    """Events lack the sequencer, the version, the principal and a time zone, and encode slashes."""
    describe = notifications._get_s3_event

    def mended(event_name, bucket, key, notification_id):
        event = describe(event_name, bucket, key, notification_id)
        record = event["Records"][0]
        now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
        record["eventTime"] = now + "Z"
        record["userIdentity"] = {"principalId": "AWS:SIMULATED"}
        record["requestParameters"] = {"sourceIPAddress": "127.0.0.1"}
        record["responseElements"] = {"x-amz-request-id": "0", "x-amz-id-2": "0"}
        record["s3"]["bucket"]["ownerIdentity"] = {"principalId": "SIMULATED"}
        described = record["s3"]["object"]
        described["key"] = quote_plus(key.name, safe="/*")
        described["sequencer"] = format(next(SEQUENCE), "016X")
        if bucket.is_versioned and getattr(key, "version_id", None):
            described["versionId"] = key.version_id
        return event

    notifications._get_s3_event = mended


def tell_of_delete_markers():
    """A deletion in a versioned bucket sends no event."""
    mark = S3Backend._set_delete_marker

    def mended(self, bucket_name, key_name):
        marker = mark(self, bucket_name, key_name)
        event = notifications.S3NotificationEvent.OBJECT_REMOVED_DELETE_MARKER_CREATED_EVENT
        notifications.send_event(self.account_id, event, self.get_bucket(bucket_name), marker)
        return marker

    S3Backend._set_delete_marker = mended
    # An event describes objects by these; a marker has none of them.
    FakeDeleteMarker.size = 0
    FakeDeleteMarker.etag = '"d41d8cd98f00b204e9800998ecf8427e"'


def tell_of_tags_only_where_they_are_put():
    """Every upload sends an event that tags were put, too."""
    send = notifications.send_event
    tags_put = notifications.S3NotificationEvent.OBJECT_TAGGING_PUT_EVENT

    def mended(account_id, event, bucket, key):
        if event != tags_put or "tagging" in request.args:
            send(account_id, event, bucket, key)

    notifications.send_event = mended


def deliver_asynchronously():
    """An upload waits for its function, which is invoked once and without a permission check."""

    def invoke(account_id, event, arn, region):
        from moto.awslambda.utils import get_backend

        function = get_backend(account_id, region).get_function(arn)
        bucket = event["Records"][0]["s3"]["bucket"]["arn"]
        if service.may_invoke(function, "s3.amazonaws.com", bucket):
            service.deliver(function, json.dumps(event).encode())

    notifications._invoke_awslambda = invoke
    send = notifications.send_event

    def mended(*arguments, **options):
        threading.Thread(target=send, args=arguments, kwargs=options, daemon=True).start()

    notifications.send_event = mended
