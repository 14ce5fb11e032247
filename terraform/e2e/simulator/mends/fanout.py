"""Events that reach functions and queues through SNS and EventBridge."""

import json
import uuid
from datetime import datetime, timezone

from moto.s3 import notifications
from moto.s3.responses import S3Response
from moto.sns.models import Subscription
from moto.sqs.models import sqs_backends
from moto.utilities.arns import parse_arn

from ..runtime import service


def hand_topics_over_as_sns_does():
    """A function is called within the publisher's request, without a permission check, with a fixed
    ARN and without retries; a queue accepts messages from any topic.
    """
    publish = Subscription.publish

    def mended(self, message, message_id, *arguments, **options):
        chosen = self._filter_policy_matcher
        if self.protocol not in ("sqs", "lambda"):
            return publish(self, message, message_id, *arguments, **options)
        if chosen is not None and not chosen.matches(options.get("message_attributes"), message):
            return None
        raw = str(self.attributes.get("RawMessageDelivery")).lower() == "true" and self.protocol == "sqs"
        posted = message if raw else self.get_post_data(message, message_id, options.get("subject"))
        if self.protocol == "lambda":
            record = {"EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": self.arn, "Sns": posted}
            posted = {"Records": [record]}
        return hand_over(self.endpoint, "sns.amazonaws.com", self.topic.arn, posted)

    Subscription.publish = mended


def say_that_eventbridge_is_told():
    """The EventBridge setting of a bucket is not returned, so plans are never empty."""
    get = S3Response.get_bucket_notification

    def mended(self):
        serialized = self.serialized
        configuration = self.backend.get_bucket_notification_configuration(self.bucket_name)

        def with_it(found):
            if configuration and configuration.event_bridge is not None:
                found.result["EventBridgeConfiguration"] = {}
            return serialized(found)

        self.serialized = with_it
        try:
            return get(self)
        finally:
            del self.serialized

    S3Response.get_bucket_notification = mended


def tell_eventbridge_as_s3_does():
    """The event has `eTag` instead of `etag`, a constant sequencer and a number as its time; a rule
    cannot call functions, and ignores the policies of queues.
    """

    def send(account_id, bucket, event_name, key):
        from moto.events.models import events_backends

        record = notifications._get_s3_event(event_name, bucket, key, "rule")["Records"][0]
        described = record["s3"]["object"]
        event = {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": notifications._detail_type(event_name),
            "source": "aws.s3",
            "account": account_id,
            "time": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": bucket.region_name,
            "resources": [bucket.arn],
            "detail": {
                "version": "0",
                "bucket": {"name": bucket.name},
                "object": {
                    "key": key.name,
                    "size": described["size"],
                    "etag": described["eTag"],
                    "sequencer": described.get("sequencer", "0"),
                },
                "request-id": "0",
                "requester": account_id,
                "reason": event_name.rpartition(":")[2],
            },
        }
        for bus in events_backends[account_id][bucket.region_name].event_buses.values():
            for rule in list(bus.rules.values()):
                if rule.event_pattern.matches_event(event):
                    for target in list(rule.targets):
                        hand_over(target["Arn"], "events.amazonaws.com", rule.arn, event)

    notifications._send_event_bridge_message = send


def hand_over(target, service_name, source, said):
    """Deliver to a function or a queue, if its policy allows that source."""
    from moto.awslambda.utils import get_backend

    arn = parse_arn(target)
    text = said if isinstance(said, str) else json.dumps(said)
    if arn.service == "lambda":
        function = get_backend(arn.account, arn.region).get_function(target)
        if service.may_invoke(function, service_name, source):
            service.deliver(function, text.encode())
        return
    queues = sqs_backends[arn.account][arn.region]
    if service.may_send(queues.get_queue(arn.resource_id), service_name, source):
        queues.send_message(arn.resource_id, text)
