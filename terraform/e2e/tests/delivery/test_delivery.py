"""From an upload to a browser and to a bus, with enforced permissions, each of which is needed."""

import http.client
import json
import time

import pictures
import pytest
from cloud.stage import report
from cloud.test_4_permissions import each
from cloud.test_7_destroy import left
from harness import allow, wait_for
from tools import empty

CHROME = "image/avif,image/webp,image/apng,*/*;q=0.8"
QUEUE = "announced"


def ask(cloud, path, accept="*/*", method="GET"):
    """A browser's request; returns status, headers and body."""
    port = int((cloud.simulator.state / "edge.port").read_text())
    host = cloud.outputs["delivery_url"].partition("://")[2]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, path, headers={"Host": host, "Accept": accept, "Cookie": "a=b", "X-Forwarded-Host": "evil"})
    answer = connection.getresponse()
    headers = {name.lower(): value for name, value in answer.getheaders()}
    return answer.status, headers, answer.read()


def manifest(cloud, key):
    return json.load(cloud.s3.get_object(Bucket=cloud.destination, Key=f"{key}/manifest.json")["Body"])


def names(cloud, key):
    found = manifest(cloud, key)
    return {one["name"] for one in found["renditions"]}, {one["name"] for one in found.get("requested", [])}


def test_apply(cloud):
    started = time.monotonic()
    said = cloud.deployment.apply().stdout
    cloud.applied()
    count = next(line for line in said.splitlines() if line.startswith("Apply complete"))
    report(cloud, f"{count} in {time.monotonic() - started:.0f} s")
    assert cloud.deployment.changes() == ""
    report(cloud, "the second plan is empty")
    wait_for("the default transform", cloud.active, 240)


def test_permissions_are_enforced(cloud):
    cloud.admin = cloud.simulator.user("admin", allow("*"))
    cloud.sign_in()
    # A user's rule for events.
    sqs, events = (cloud.simulator.client(one, cloud.admin) for one in ("sqs", "events"))
    url = sqs.create_queue(QueueName=QUEUE)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["lambda"], "detail": {"responsePayload": {"type": ["ready", "failed", "gone"]}}}
    events.put_rule(Name=QUEUE, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=QUEUE, Targets=[{"Id": "1", "Arn": arn}])
    cloud.simulator.enforce(True)


def announced(cloud, key, kind, seconds=20):
    """An event of that key, or None."""
    sqs = cloud.simulator.client("sqs", cloud.admin)
    url = sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"]

    def look():
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            SEEN.append(json.loads(message["Body"])["detail"]["responsePayload"])
        return next((one for one in SEEN if one["key"] == key and one["type"] == kind), None)

    try:
        return wait_for(f"{kind} of {key}", look, seconds)
    except AssertionError:
        return None


SEEN = []


def test_a_picture_is_delivered_as_it_is_asked_for(cloud):
    key = "holiday/a b.jpg"
    path = "/holiday/a%20b.jpg"
    cloud.upload(key, pictures.jpeg(1400, 900, seed=1))
    assert names(cloud, key) == ({"thumbnail"}, {f"card-{w}-{f}" for w in (320, 640, 960, 1280) for f in ("webp", "jpeg")})

    status, headers, body = ask(cloud, f"{path}/card-640", CHROME)
    assert (status, headers["content-type"], body[:4]) == (200, "image/webp", b"RIFF")
    assert "max-age=60" in headers["cache-control"] and headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"].endswith("sandbox")
    assert ask(cloud, f"{path}/card-640")[1]["content-type"] == "image/jpeg"
    assert ask(cloud, f"{path}/card-640.jpg", CHROME)[1]["content-type"] == "image/jpeg"
    made, planned = names(cloud, key)
    assert made == {"thumbnail", "card-640-webp", "card-640-jpeg"} and len(planned) == 6
    report(cloud, "8 renditions planned, 2 asked for: 2 made")

    # The bucket answers for existing renditions: nothing is invoked.
    stored = next(one["key"] for one in manifest(cloud, key)["renditions"] if one["name"] == "card-640-webp")
    before = invocations(cloud)
    status, headers, again = ask(cloud, "/" + stored.replace(" ", "%20"), CHROME)
    assert status == 200 and again == body and "immutable" in headers["cache-control"]
    assert json.loads(ask(cloud, f"{path}/manifest.json")[2])["source"]["key"] == key
    assert invocations(cloud) == before
    report(cloud, "what is made, and the manifest, is answered by the bucket alone")

    # A planned one, by its own key.
    wanted = next(one["key"] for one in manifest(cloud, key)["requested"] if one["name"] == "card-320-jpeg")
    assert ask(cloud, "/" + wanted.replace(" ", "%20"))[1]["content-type"] == "image/jpeg"

    assert ask(cloud, f"{path}/card-640", CHROME, "HEAD")[2] == b""
    assert announced(cloud, key, "ready")["renditions"] >= 1
    cloud.delete(key)
    assert announced(cloud, key, "gone")
    assert ask(cloud, f"{path}/card-640")[0] == 404
    report(cloud, "ready and gone were told to a rule's queue")


def invocations(cloud):
    """The number of the deliver function's responses, from its log."""
    logs = cloud.simulator.client("logs", cloud.admin)
    time.sleep(2)
    found = logs.filter_log_events(logGroupName="/aws/lambda/obscura-deliver")["events"]
    return sum('"answered"' in one["message"] for one in found)


def test_nothing_else_is_answered(cloud):
    before = cloud.keys(cloud.destination)
    for path in ("/nothing/card-640", "/../etc/passwd", "/a%2Fb", "/a%00", "/" + "a" * 5000, "/holiday/card?x=1", "/"):
        status, headers, body = ask(cloud, path, CHROME)
        assert status in (400, 404, 414), (path, status)
        assert json.loads(body)["code"] == headers["x-obscura-code"] and headers["x-content-type-options"] == "nosniff"
    assert ask(cloud, "/holiday/card", method="POST")[0] == 403
    assert cloud.keys(cloud.destination) == before
    # Only the distribution.
    unsigned = cloud.simulator.client("lambda", cloud.simulator.user("reader", allow("s3:*"), by=cloud.admin))
    with pytest.raises(Exception, match="AccessDenied"):
        unsigned.invoke(FunctionName="obscura-deliver", Payload=b"{}")


def prepared(cloud, key, number):
    """A picture with its record, without requests yet."""
    cloud.upload(key, pictures.jpeg(700, 500, seed=number))


def test_each_permission_of_the_deliver_function_is_needed(cloud):
    base = 40
    cloud.publish("second", to="resize/canary")
    prepared(cloud, "needs/canary.jpg", base - 1)
    assert counts(cloud, "needs/canary.jpg"), cloud.simulator.logs()

    def breaks(sid, number, _left):
        key, seed = f"needs/{number}.jpg", base + number
        prepared(cloud, key, seed)
        if sid == "TellMissingSource" or sid == "DeleteFromDestination":
            # A request arrives before the event of the deletion.
            with silence(cloud):
                cloud.s3.delete_object(Bucket=cloud.source, Key=key)
                status, _, body = ask(cloud, f"/{key}/card-320")
            return None if status == 404 and not cloud.renditions(key) else said(status, body)
        if sid == "TagDestination":
            # As with an overwrite whose event has not arrived yet.
            with silence(cloud):
                cloud.put(key, pictures.jpeg(700, 500, seed=seed + 1000))
                status, _, body = ask(cloud, f"/{key}/card-320")
                found = manifest(cloud, key)
            tagged = [one["key"] for run in found.get("retired", []) for one in run["renditions"]]
            untagged = [one for one in tagged if not tags(cloud, one)]
            return None if status == 200 and tagged and not untagged else said(status, body)
        if sid == "TellMissingDestination":
            status, _, body = ask(cloud, f"/needs/none-{number}.jpg/card-320")
            return None if status == 404 else said(status, body)
        if sid == "TellMissingComponents":
            # Only until a document has been proved, as for the transform function.
            return "a first document could not be told from one that is denied"
        if sid == "CountOutcomes":
            return None if counts(cloud, key) else "rendered by a canary, but not counted"
        status, _, body = ask(cloud, f"/{key}/card-320")
        if sid == "WriteLogs":
            time.sleep(2)
            logs = cloud.simulator.client("logs", cloud.admin)
            found = logs.filter_log_events(logGroupName="/aws/lambda/obscura-deliver")["events"]
            return None if any(key in one["message"] for one in found) else "answered, but the log does not tell"
        return None if status == 200 else said(status, body)

    each(cloud, "obscura-deliver", breaks)


def said(status, body):
    return f"{status} {json.loads(body).get('code') if body[:1] == b'{' else ''}".strip()


def tags(cloud, key):
    return cloud.s3.get_object_tagging(Bucket=cloud.destination, Key=key)["TagSet"]


class silence:
    """Disable notifications of the source bucket meanwhile."""

    def __init__(self, cloud):
        self.s3, self.bucket = cloud.s3, cloud.source

    def __enter__(self):
        self.told = self.s3.get_bucket_notification_configuration(Bucket=self.bucket)
        del self.told["ResponseMetadata"]
        self.s3.put_bucket_notification_configuration(Bucket=self.bucket, NotificationConfiguration={})

    def __exit__(self, *_):
        self.s3.put_bucket_notification_configuration(Bucket=self.bucket, NotificationConfiguration=self.told)


def counts(cloud, key):
    """Whether a rendition that the canary makes on demand is counted."""
    before = cloud.s3.get_object(Bucket=cloud.components, Key="pipeline.json")["Body"].read()
    document = json.loads(before)
    document["routes"][0]["steps"][0]["canary"] = {"weight": 1}
    outcomes = cloud.keys(cloud.components, "outcomes/")
    try:
        take_up(cloud, json.dumps(document).encode())
        status, _, body = ask(cloud, f"/{key}/card-320")
        assert status == 200, body
        # They are written before a reader is answered.
        return cloud.keys(cloud.components, "outcomes/") != outcomes
    finally:
        take_up(cloud, before)


def take_up(cloud, document):
    """Make it the active pipeline document."""
    cloud.s3.put_object(Bucket=cloud.components, Key="pipeline.json", Body=document)

    def proved():
        return cloud.s3.get_object(Bucket=cloud.components, Key="proved/pipeline.json")["Body"].read() == document

    wait_for("the document to be proved", proved, 60)
    # A document is cached for a second.
    time.sleep(1.5)


def test_each_permission_of_the_announcing_function_is_needed(cloud):
    def breaks(sid, number, left_over):
        key = f"told/{number}.jpg"
        if sid == "KeepFailedEvents":
            cloud.policy("obscura-announce", [one for one in left_over if one["Sid"] != "ReadManifests"])
            prepared(cloud, key, 70 + number)
            return "the event is lost" if not failed(cloud, key) else None
        prepared(cloud, key, 70 + number)
        if sid == "TellMissingManifests":
            cloud.delete(key)
            return None if announced(cloud, key, "gone", 6) else "that a picture is gone is not told"
        if sid == "WriteLogs":
            assert announced(cloud, key, "ready")
            time.sleep(2)
            logs = cloud.simulator.client("logs", cloud.admin)
            found = logs.filter_log_events(logGroupName="/aws/lambda/obscura-announce")["events"]
            return None if any(key in one["message"] for one in found) else "told, but the log does not tell"
        return None if announced(cloud, key, "ready", 6) else "nobody is told"

    each(cloud, "obscura-announce", breaks)


def failed(cloud, key, seconds=8):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if cloud.failed_event(key.rpartition("/")[2]):
            return True
        time.sleep(0.3)
    return False


def test_the_distribution_needs_its_permissions(cloud):
    """The bucket's policy, and both of the function's."""
    key = "edge/1.jpg"
    prepared(cloud, key, 90)
    cloud.simulator.enforce(False)
    stored = manifest(cloud, key)["renditions"][0]["key"]
    before = ask(cloud, f"/{stored}")
    assert before[0] == 200
    lambda_ = cloud.simulator.client("lambda", cloud.admin)
    policy = json.loads(lambda_.get_policy(FunctionName="obscura-deliver")["Policy"])
    for statement in policy["Statement"]:
        lambda_.remove_permission(FunctionName="obscura-deliver", StatementId=statement["Sid"])
        assert ask(cloud, f"/{key}/card-640")[0] == 403
        cloud.deployment.apply()
    assert ask(cloud, f"/{key}/card-640")[0] == 200
    # Without the bucket's policy, the function is invoked for stored objects.
    asked = invocations(cloud)
    cloud.s3.delete_bucket_policy(Bucket=cloud.destination)
    assert ask(cloud, f"/{stored}")[0] == 200 and invocations(cloud) == asked + 1
    cloud.deployment.apply()
    assert cloud.deployment.changes() == ""
    report(cloud, "the distribution without each of its permissions: it is refused, or the function is asked for what is stored")


def test_destroy_leaves_nothing_of_it(cloud, signed_in):
    cloud.simulator.client("sqs").delete_queue(QueueUrl=cloud.simulator.client("sqs").get_queue_url(QueueName=QUEUE)["QueueUrl"])
    events = cloud.simulator.client("events")
    events.remove_targets(Rule=QUEUE, Ids=["1"])
    events.delete_rule(Name=QUEUE)
    empty.created(cloud.outputs)
    cloud.deployment.destroy()
    assert left(cloud.simulator) == []
    report(cloud, "destroyed; nothing is left")
