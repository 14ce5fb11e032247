"""Every path of an event except S3's own, one after the other in one deployment."""

import json
import time

import pictures
import pytest
from cloud.stage import report
from cloud.test_7_destroy import left
from harness import wait_for
from tools import empty

WAYS = {
    "a topic, to the function": {"trigger": "sns"},
    "a topic, to the queue, in its envelope": {"trigger": "sns", "queued": True},
    "a topic, to the queue, raw": {"trigger": "sns", "queued": True, "raw": True},
    "a rule, to the queue": {"trigger": "eventbridge", "queued": True},
    "a rule, to the function": {"trigger": "eventbridge"},
}


@pytest.fixture(scope="module")
def topic(cloud):
    """An existing one of a user."""
    return cloud.simulator.client("sns").create_topic(Name="uploads")["TopicArn"]


@pytest.mark.parametrize("way", WAYS)
def test_a_picture_becomes_renditions_and_goes(cloud, topic, way):
    chosen, variables = WAYS[way], cloud.deployment.environment
    variables["TF_VAR_trigger"] = chosen["trigger"]
    variables["TF_VAR_queued"] = json.dumps(chosen.get("queued", False))
    given = {"arn": topic, "raw": chosen.get("raw", False)} if chosen["trigger"] == "sns" else None
    variables["TF_VAR_topic"] = json.dumps(given)
    started = time.monotonic()
    cloud.deployment.apply()
    cloud.applied()
    assert cloud.deployment.changes() == ""
    applied = time.monotonic() - started
    wait_for("the default transform", cloud.active, 240)

    key = f"{cloud.prefix}a b+c/ü {len(way)}.jpg"
    started = time.monotonic()
    found = cloud.upload(key, pictures.jpeg(900, 600, seed=len(way)))
    took = time.monotonic() - started
    assert cloud.renditions(key) == {one["key"] for one in found["renditions"]} | {f"{key}/manifest.json"}
    cloud.delete(key)
    assert not cloud.failed_event()
    report(cloud, f"by {way}: applied in {applied:.0f} s, upload to manifest in {took:.2f} s, and deleted")


def test_other_keys_start_nothing(cloud):
    """The last path's filter includes the prefix."""
    cloud.put("elsewhere/x.jpg", pictures.jpeg(90, 60))
    cloud.upload(f"{cloud.prefix}after.jpg", pictures.jpeg(90, 60))
    logs = cloud.simulator.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{cloud.function}")
    assert not any("elsewhere" in one["message"] for one in logs["events"])


def test_destroy_leaves_the_topic_alone(cloud, topic, signed_in):
    empty.created(cloud.outputs)
    cloud.deployment.destroy()
    assert left(cloud.simulator) == [f"sns: {topic}"]
    assert cloud.simulator.client("sns").list_subscriptions()["Subscriptions"] == []
