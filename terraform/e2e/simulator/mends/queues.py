"""SQS."""

import json

from moto.sqs.models import Queue


def keep_redrive_allow_policy():
    """RedriveAllowPolicy is accepted but never returned, so the provider waits until it times
    out."""
    Queue.redrive_allow_policy = None
    Queue.BASE_ATTRIBUTES.append("RedriveAllowPolicy")
    set_attributes = Queue._set_attributes

    def mended(self, attributes, now=None):
        set_attributes(self, attributes, now)
        # Cleared with an empty text.
        self.redrive_allow_policy = self.redrive_allow_policy or None

    Queue._set_attributes = mended


def return_redrive_policy_as_sent():
    """RedrivePolicy is returned with different spaces, so plans are never empty."""
    attributes = Queue.attributes.fget

    def mended(self):
        result = attributes(self)
        if result.get("RedrivePolicy"):
            policy = json.loads(result["RedrivePolicy"])
            result["RedrivePolicy"] = json.dumps(policy, separators=(",", ":"))
        return result

    Queue.attributes = property(mended)


def keep_policy_when_others_change():
    """SetQueueAttributes of any other attribute removes the queue's policy."""
    set_attributes = Queue._set_attributes

    def mended(self, attributes, now=None):
        before = getattr(self, "policy", None)
        set_attributes(self, attributes, now)
        if "Policy" not in attributes:
            self.policy = before

    Queue._set_attributes = mended


def do_not_push_to_functions():
    """A message is pushed to functions inside SendMessage, one by one; Lambda polls, in batches."""

    class Unpushed(dict):
        def items(self):
            return ()

    initialise = Queue.__init__

    def mended(self, *arguments, **options):
        initialise(self, *arguments, **options)
        self.lambda_event_source_mappings = Unpushed()

    Queue.__init__ = mended
