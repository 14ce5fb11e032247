"""Permissions are enforced from here on; each statement of each role is removed in turn."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest
from botocore.exceptions import ClientError
from cloud.stage import picture, report
from harness import allow, wait_for
from operator_commands import Operator


def use(cloud, number, seconds=15):
    """Upload and delete a picture; returns the failure, or None."""
    key = f"{cloud.prefix}use-{number}.jpg"
    cloud.put(key, picture(number))
    if failed := wait_or_fail(cloud, key, lambda: cloud.manifest(key), seconds):
        return f"upload: {failed}"
    cloud.s3.delete_object(Bucket=cloud.source, Key=key)
    if failed := wait_or_fail(cloud, key, lambda: not cloud.renditions(key), seconds):
        return f"delete: {failed}"
    return None


def wait_or_fail(cloud, key, done, seconds=15):
    """None on success; else the failure of that object's event."""
    name = key.rpartition("/")[2]
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if done():
            return None
        if event := cloud.failed_event(name):
            said = event.get("responsePayload", {})
            said = said.get("errorMessage") if isinstance(said, dict) else None
            return f"failed for good{': ' + said if said else ''}"
        time.sleep(0.2)
    return "nothing happened"


def test_with_permissions_enforced_it_still_works(cloud):
    cloud.admin = cloud.simulator.user("admin", allow("*"))
    cloud.sign_in()
    cloud.simulator.enforce(True)
    cloud.policy(cloud.function, cloud.policy(cloud.function))
    assert use(cloud, 0) is None, cloud.simulator.logs()


def test_a_rendition_is_retired_and_named_again(cloud):
    assert retires(cloud, 2) is None, cloud.simulator.logs()
    report(cloud, "other parameters: the rendition of before is tagged; and back: it is named, and no longer tagged")


def test_an_operator_rolls_back_without_the_right_to_write_pointers(cloud):
    if not cloud.publisher:
        pytest.skip("there is no publish function")
    key = cloud.simulator.user("operator", allow("lambda:InvokeFunction"), by=cloud.admin)
    functions = cloud.simulator.client("lambda", key)

    def roll_back():
        command = {"obscura": "rollback", "transform": "resize", "by": "anna", "reason": "a test"}
        answer = functions.invoke(FunctionName=cloud.publisher, Payload=json.dumps(command))
        said = json.load(answer["Payload"])
        assert "FunctionError" not in answer, said
        return said["pointer"]

    before = cloud.active()
    pointer = roll_back()
    assert pointer["digest"] == cloud.active() != before
    assert (pointer["activated_by"], pointer["reason"]) == ("anna", "a test")
    assert roll_back()["digest"] == cloud.active() == before
    path = "transforms/resize/channels/stable.json"
    with pytest.raises(ClientError):
        cloud.simulator.client("s3", key).put_object(Bucket=cloud.components, Key=path, Body=b"{}")
    report(cloud, "an operator who may only invoke functions rolled back, and back again")


def each(cloud, role, breaks):
    """Remove each statement of a role; `breaks` returns what that broke, or None."""
    granted = cloud.policy(role)
    needless = []
    for number, dropped in enumerate(granted):
        left = [one for one in granted if one is not dropped]
        cloud.policy(role, left)
        broke = breaks(dropped["Sid"], number, left)
        report(cloud, f"{role} without {dropped['Sid']}: {broke or 'NOTHING'}")
        needless += [] if broke else [dropped["Sid"]]
        cloud.policy(role, granted)
    assert needless == []


def test_each_permission_of_the_functions_is_needed(cloud):
    """Both at the same time, each with its own keys."""
    cloud.publish("default_transform", to="resize/canary")
    assert counts(cloud, 9)
    with ThreadPoolExecutor(2) as pool:
        tried = [pool.submit(one, cloud) for one in (transform_function, publish_function)]
    for one in tried:
        one.result()
    # Remains of a missing permission, such as renditions without a manifest.
    for key in cloud.keys(cloud.source, f"{cloud.prefix}use-"):
        cloud.delete(key)
    cloud.settle()
    assert use(cloud, 99) is None, cloud.simulator.logs()


def transform_function(cloud):
    def breaks(sid, number, left):
        if sid == "WriteLogs":
            return says_nothing(cloud, f"{cloud.prefix}use-{number + 10}.jpg", number + 10)
        if sid == "KeepFailedEvents":
            return keeps_no_failures(cloud, number + 10, left)
        if sid == "CountOutcomes":
            return None if counts(cloud, number + 10) else "rendered by a canary, but not counted"
        if sid == "TagDestination":
            return retires(cloud, number + 10)
        if sid == "TellMissingComponents":
            # This only matters until a document has been proved, which cannot be undone here.
            return "a first document could not be told from one that is denied"
        if sid == "TakeEvents":
            # Earlier requests have been answered by then.
            time.sleep(3)
        # To see that nothing happens, a short wait is enough.
        seconds = 6 if sid == "TakeEvents" else 15
        return use(cloud, number + 10, seconds)

    each(cloud, cloud.function, breaks)


def counts(cloud, number):
    """Whether a picture that the canary rendered is counted."""
    before = cloud.keys(cloud.components, "outcomes/")
    key = f"{cloud.prefix}use-{number}.jpg"
    with other_documents(cloud) as (document, set_document):
        set_document({**document, "routes": [{**route, "canary": {"weight": 1}} for route in document["routes"]]})
        cloud.upload(key, picture(number))
        until = time.monotonic() + 4
        while cloud.keys(cloud.components, "outcomes/") == before and time.monotonic() < until:
            time.sleep(0.3)
        counted = cloud.keys(cloud.components, "outcomes/") != before
    # The stable component would render it again.
    cloud.delete(key)
    return counted


@contextmanager
def other_documents(cloud):
    """The pipeline document, and a function to replace it; it is restored afterwards."""
    there = {"Bucket": cloud.components, "Key": "pipeline.json"}
    before = cloud.s3.get_object(**there)["Body"].read()

    def is_proved(body):
        return cloud.s3.get_object(Bucket=cloud.components, Key="proved/pipeline.json")["Body"].read() == body

    def put(body):
        # The publish function, whose permissions are removed meanwhile, can miss an event.
        for _ in range(10):
            cloud.s3.put_object(**there, Body=body)
            with suppress(AssertionError):
                wait_for("the document to be proved", lambda: is_proved(body), 10)
                break
        time.sleep(2)  # The function revalidates the document once a second.

    try:
        yield json.loads(before), lambda document: put(json.dumps(document).encode())
    finally:
        put(before)


def retires(cloud, number):
    """Have a rendition retired and named again; returns the failure, or None."""
    key = f"{cloud.prefix}use-{number}.jpg"

    def document(width):
        parameters = {"renditions": [{"name": "one", "width": width, "format": "jpeg"}]}
        steps = [{"transform": "resize", "parameters": parameters}]
        return {"version": 2, "routes": [{"name": "kept", "key_template": "{key}/{version}/{rendition}.{extension}", "steps": steps}]}

    def tags(rendition):
        there = {"Bucket": cloud.destination, "Key": rendition}
        tagged = cloud.s3.get_object_tagging(**there)["TagSet"]
        return {one["Key"]: one["Value"] for one in tagged}, cloud.s3.head_object(**there)["ContentType"]

    def named():
        return [one["key"] for one in cloud.manifest(key)["renditions"]]

    retired, live = ({"obscura-state": "unreferenced"}, "image/jpeg"), ({}, "image/jpeg")
    with other_documents(cloud) as (_, set_document):
        try:
            set_document(document(64))
            cloud.upload(key, picture(number))
            [first] = named()
            set_document(document(48))
            deliver(cloud, key)
            if failed := wait_or_fail(cloud, key, lambda: tags(first) == retired):
                return f"retired: {failed}"
            [second] = named()
            set_document(document(64))
            deliver(cloud, key)
            back = lambda: named() == [first] and (tags(first), tags(second)) == (live, retired)  # noqa: E731
            if failed := wait_or_fail(cloud, key, back):
                return f"named again: {failed}"
            return None
        finally:
            cloud.delete(key)


def deliver(cloud, key):
    """An event of a picture that Lambda itself retries, as sent by `redrive`."""
    described = {"key": key, "size": 1, "eTag": "0"}
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventName": "ObjectCreated:Put",
        "s3": {"bucket": {"name": cloud.source}, "object": described},
    }
    cloud.simulator.client("lambda", cloud.admin).invoke(
        FunctionName=cloud.function,
        InvocationType="Event",
        Payload=json.dumps({"Records": [record]}).encode(),
    )


def logged(cloud, key, function=None):
    logs = cloud.simulator.client("logs", cloud.admin)
    group = f"/aws/lambda/{function or cloud.function}"
    found = logs.filter_log_events(logGroupName=group)["events"]
    return any(key in one["message"] for one in found)


def says_nothing(cloud, key, number):
    """Whether a rendered picture is logged nevertheless."""
    assert wait_for("lines that could be written", lambda: logged(cloud, f"{cloud.prefix}use-0.jpg"))
    if failed := use(cloud, number):
        return failed
    time.sleep(2)
    return None if logged(cloud, key) else "rendered, but the log does not tell"


def keeps_no_failures(cloud, number, left):
    """Whether a failed event is lost."""
    cloud.policy(cloud.function, [one for one in left if one["Sid"] != "ReadSource"])
    key = f"{cloud.prefix}use-{number}.jpg"
    deliver(cloud, key)
    # With the permission, it is kept within a second or two.
    said = wait_or_fail(cloud, key, lambda: False, 6)
    return "the event is lost" if said == "nothing happened" else None


def test_each_permission_of_backfills_is_needed(cloud, tmp_path):
    cloud.upload(f"{cloud.prefix}there.jpg", picture(1))
    # A failure writes a report.
    cloud.put(f"{cloud.prefix}there/not-one.jpg", b"\xff\xd8\xff\xe0 broken")
    role = cloud.outputs["backfill_role_arn"].rpartition("/")[2]
    key = cloud.admin or ("test", "test")
    operator = Operator(tmp_path, cloud.outputs, cloud.simulator.environment(key))

    def breaks(sid, _number, _left):
        state = ["--state", tmp_path / f"{sid}.json", "--prefix", f"{cloud.prefix}there"]
        process = operator.start("backfill", *state)
        _, complained = process.communicate(timeout=300)
        return None if "1 picture failed" in complained else complained.splitlines()[0]

    assert breaks("Nothing", 0, []) is None
    each(cloud, role, breaks)
    cloud.delete(f"{cloud.prefix}there/not-one.jpg")


def publish_function(cloud):
    def breaks(sid, number, left):
        key = f"incoming/resize/permission-{number}.wasm"
        if sid == "KeepFailedEvents":
            cloud.policy(cloud.publisher, [one for one in left if one["Sid"] != "ReadUploads"])
        # A core module: refused once everything about it has been read.
        cloud.s3.put_object(Bucket=cloud.components, Key=key, Body=b"\0asm\x01\0\0\0")
        # With the permission, a failure is kept within a second or two.
        seconds = 6 if sid == "KeepFailedEvents" else 15
        path = f"{key}.json".replace("incoming", "reports")
        said = wait_or_fail(cloud, key, lambda: path in reports(cloud), seconds)
        if sid == "WriteLogs":
            time.sleep(2)
            return said or (None if logged(cloud, key, cloud.publisher) else "reported, but the log does not tell")
        if sid == "KeepFailedEvents":
            return "the event is lost" if said == "nothing happened" else None
        return said

    each(cloud, cloud.publisher, breaks)


def reports(cloud):
    return cloud.keys(cloud.components, "reports/")


def test_strangers_cannot_write_artifacts(cloud):
    """Not even an identity with all permissions; only the publish function's role."""
    for folder in ("transforms", "reports", "outcomes"):
        there = {"Bucket": cloud.components, "Key": f"{folder}/resize/x"}
        assert refused(cloud.s3.put_object, **there, Body=b"x")
        assert refused(cloud.s3.delete_object, **there)
        assert refused(cloud.s3.put_object_tagging, **there, Tagging={"TagSet": []})


def test_a_stolen_authors_key_publishes_and_can_do_nothing_else(cloud):
    thief = cloud.simulator.client("s3", cloud.simulator.user("author", *cloud.author, by=cloud.admin))
    components = {"Bucket": cloud.components}
    thief.put_object(**components, Key="incoming/resize/golden/x", Body=b"x")
    report(cloud, "an author's key: uploads below incoming/resize/")
    for key in ("transforms/resize/channels/stable.json", "reports/resize/x", "pipeline.json", "backfill/x", "incoming/other/x"):
        assert refused(thief.put_object, **components, Key=key, Body=b"x")
    assert refused(thief.get_object, **components, Key="incoming/resize/golden/x")
    assert refused(thief.delete_object, **components, Key="incoming/resize/golden/x")
    for bucket in (cloud.source, cloud.destination):
        assert refused(thief.get_object, Bucket=bucket, Key="x")
        assert refused(thief.put_object, Bucket=bucket, Key="x", Body=b"x")
        assert refused(thief.list_objects_v2, Bucket=bucket)
    report(cloud, "an author's key: artifacts, pointers, reports, the document and all pictures are refused")


def refused(call, **arguments):
    with pytest.raises(ClientError, match="AccessDenied|403|Forbidden"):
        call(**arguments)
    return True
