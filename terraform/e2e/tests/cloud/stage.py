"""The shipped examples, applied to a simulated AWS by the real provider, and used.

The steps build on each other: they run in order, once for each trigger. What they need is named by
the environment; `python3 -m tools.cloud` sets it.
"""

import json
import os
import signal
import time
from types import SimpleNamespace

import pictures
import pytest
from harness import Simulator, allow, wait_for
from terraform import Deployment
from tools import backfill, empty, status

GIVEN = {name: os.environ.get(f"OBSCURA_E2E_{name.upper()}") for name in ("package", "publish")}
pytestmark = pytest.mark.skipif(not GIVEN["package"], reason="OBSCURA_E2E_PACKAGE is not set")

# Each trigger is proved with another example, so that both examples are.
EXAMPLES = {"direct": ("minimal", ""), "sqs": ("complete", "photos/")}
SELECTED = os.environ.get("OBSCURA_E2E_TRIGGERS", "direct sqs").split()


def report(text):
    with open(os.environ.get("OBSCURA_E2E_REPORT", os.devnull), "a", encoding="utf-8") as file:
        print(text, file=file, flush=True)


@pytest.fixture(scope="module", params=SELECTED)
def cloud(request, tmp_path_factory):
    example, prefix = EXAMPLES[request.param]
    state = tmp_path_factory.mktemp(request.param)
    with Simulator(state) as simulator:
        variables = {"transform_package": GIVEN["package"]}
        deployment = Deployment(simulator, example, variables, state / "terraform")
        yield SimpleNamespace(
            trigger=request.param,
            prefix=prefix,
            simulator=simulator,
            deployment=deployment,
            s3=simulator.client("s3"),
            sqs=simulator.client("sqs"),
            broken=None,
        )
        simulator.enforce(False)


@pytest.fixture(autouse=True)
def in_order(cloud):
    if cloud.broken:
        pytest.skip(f"{cloud.broken} failed before")
    yield


def keys(cloud, bucket):
    listed = cloud.s3.list_objects_v2(Bucket=bucket)
    assert not listed["IsTruncated"]
    return {one["Key"] for one in listed.get("Contents", [])}


def renditions(cloud, key):
    return {one for one in keys(cloud, cloud.destination) if one.startswith(f"{key}/")}


def manifest(cloud, key):
    """The picture's manifest, or None."""
    path = f"{key}/manifest.json"
    if path not in renditions(cloud, key):
        return None
    return json.load(cloud.s3.get_object(Bucket=cloud.destination, Key=path)["Body"])


def upload(cloud, key, data):
    """Upload a picture and wait for its renditions; the manifest."""
    etag = cloud.s3.put_object(Bucket=cloud.source, Key=key, Body=data)["ETag"].strip('"')

    def rendered():
        found = manifest(cloud, key)
        return found if found and found["source"]["etag"] == etag else None

    try:
        return wait_for(f"renditions of {key}", rendered, 30)
    except AssertionError as error:
        raise AssertionError(f"{error}\n{cloud.simulator.logs()}") from None


def test_an_apply_that_is_killed_is_taken_up_again(cloud):
    """The next step applies what is left."""
    if cloud.trigger == "sqs":
        for seconds in (5, 10):
            assert cloud.deployment.killed(seconds) == -signal.SIGKILL
        report(f"{cloud.trigger}: killed after 5 s, and again after 10 s")


def test_apply(cloud):
    started = time.monotonic()
    said = cloud.deployment.apply().stdout
    outputs = cloud.outputs = cloud.deployment.outputs()["deployment"]
    cloud.source = outputs["source_bucket_name"]
    cloud.destination = outputs["destination_bucket_name"]
    cloud.components = outputs["components_bucket_name"]
    cloud.role = cloud.function = outputs["transform_function_name"]
    cloud.on_failure = outputs["on_failure_queue_url"]
    count = next(line for line in said.splitlines() if line.startswith("Apply complete"))
    report(f"{cloud.trigger}: {count} in {time.monotonic() - started:.0f} s")


def test_a_second_plan_is_empty(cloud):
    assert cloud.deployment.changes() == ""
    report(f"{cloud.trigger}: the second plan is empty")


def test_publish(cloud):
    pictures.publish(GIVEN["publish"], cloud, "first")


def test_a_picture_becomes_renditions(cloud):
    key = f"{cloud.prefix}a b+c/ü.jpg"
    started = time.monotonic()
    found = upload(cloud, key, pictures.jpeg(1200, 800))
    report(f"{cloud.trigger}: upload to manifest in {time.monotonic() - started:.2f} s")
    assert renditions(cloud, key) == {one["key"] for one in found["renditions"]} | {
        f"{key}/manifest.json"
    }
    for one in found["renditions"]:
        stored = cloud.s3.get_object(Bucket=cloud.destination, Key=one["key"])
        assert stored["ContentType"] == one["media_type"]
        assert pictures.size(stored["Body"].read()) == (one["width"], one["height"])


def test_an_overwrite_becomes_other_renditions(cloud):
    key = f"{cloud.prefix}again.jpg"
    first = upload(cloud, key, pictures.jpeg(640, 480, seed=1))
    second = upload(cloud, key, pictures.jpeg(640, 480, seed=2))
    assert first["renditions"] != second["renditions"]


def test_a_deleted_picture_takes_its_renditions_along(cloud):
    for key in (f"{cloud.prefix}a b+c/ü.jpg", f"{cloud.prefix}again.jpg"):
        cloud.s3.delete_object(Bucket=cloud.source, Key=key)
        wait_for(f"{key} to go", lambda key=key: not renditions(cloud, key), 30)


def test_what_is_no_picture_is_recorded_and_not_retried(cloud):
    key = f"{cloud.prefix}notes.jpg"
    cloud.s3.put_object(Bucket=cloud.source, Key=key, Body=b"not a picture")
    path = f"{key}/error.json"
    # The complete example leaves what is not one of its media types alone.
    if cloud.trigger == "direct":
        wait_for("the record", lambda: path in renditions(cloud, key), 30)
    else:
        time.sleep(3)
        assert renditions(cloud, key) == set()
    cloud.s3.delete_object(Bucket=cloud.source, Key=key)
    wait_for(f"{key} to go", lambda: not renditions(cloud, key), 30)
    assert not failed_event(cloud)


def test_another_component_is_used_without_a_deployment(cloud):
    lambda_ = cloud.simulator.client("lambda")
    key = f"{cloud.prefix}swap.jpg"
    before = upload(cloud, key, pictures.jpeg(300, 200, seed=3))["transform"]["digest"]
    code = lambda_.get_function_configuration(FunctionName=cloud.function)["CodeSha256"]
    started = time.monotonic()
    pictures.publish(GIVEN["publish"], cloud, "second")
    after = None
    while after in (None, before) and time.monotonic() < started + 60:
        seed = int(time.monotonic() * 1000)
        after = upload(cloud, key, pictures.jpeg(300, 200, seed=seed))["transform"]["digest"]
    assert after != before
    report(f"{cloud.trigger}: published to used in {time.monotonic() - started:.1f} s")
    assert lambda_.get_function_configuration(FunctionName=cloud.function)["CodeSha256"] == code
    assert cloud.deployment.changes() == ""


def failed_event(cloud):
    """The next event that failed for good, taken out of the on-failure queue."""
    for message in cloud.sqs.receive_message(QueueUrl=cloud.on_failure).get("Messages", []):
        handle = message["ReceiptHandle"]
        cloud.sqs.delete_message(QueueUrl=cloud.on_failure, ReceiptHandle=handle)
        return json.loads(message["Body"])
    return None


def policy(cloud, statements=None):
    """The role's statements; or set them, and have the function start with them."""
    iam, name = cloud.simulator.client("iam", cloud.admin), {"RoleName": cloud.role, "PolicyName": "obscura"}
    if statements is None:
        return iam.get_role_policy(**name)["PolicyDocument"]["Statement"]
    document = {"Version": "2012-10-17", "Statement": statements}
    iam.put_role_policy(**name, PolicyDocument=json.dumps(document))
    lambda_ = cloud.simulator.client("lambda", cloud.admin)
    described = lambda_.get_function_configuration(FunctionName=cloud.function)
    variables = {**described["Environment"]["Variables"], "STARTED": str(time.monotonic())}
    lambda_.update_function_configuration(
        FunctionName=cloud.function, Environment={"Variables": variables}
    )


def use(cloud, number, without_document=False):
    """Upload and delete a picture; what went wrong, or None."""
    key = f"{cloud.prefix}use-{number}.jpg"
    document = None
    if without_document:
        document = cloud.s3.get_object(Bucket=cloud.components, Key="pipeline.json")["Body"].read()
        cloud.s3.delete_object(Bucket=cloud.components, Key="pipeline.json")
    try:
        cloud.s3.put_object(Bucket=cloud.source, Key=key, Body=pictures.jpeg(200, 150, seed=number))
        for step, done in (
            ("upload", lambda: manifest(cloud, key)),
            ("delete", lambda: not renditions(cloud, key)),
        ):
            if step == "delete":
                cloud.s3.delete_object(Bucket=cloud.source, Key=key)
            failed = wait_or_fail(cloud, done)
            if failed:
                return f"{step}: {failed}"
        return None
    finally:
        if document:
            cloud.s3.put_object(Bucket=cloud.components, Key="pipeline.json", Body=document)


def wait_or_fail(cloud, done, seconds=20):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if done():
            return None
        if event := failed_event(cloud):
            said = event.get("responsePayload", {})
            said = said.get("errorMessage") if isinstance(said, dict) else None
            return f"failed for good{': ' + said if said else ''}"
        time.sleep(0.2)
    return "nothing happened"


def test_with_permissions_enforced_it_still_works(cloud):
    cloud.admin = cloud.simulator.user("admin", allow("*"))
    cloud.s3 = cloud.simulator.client("s3", cloud.admin)
    cloud.sqs = cloud.simulator.client("sqs", cloud.admin)
    cloud.simulator.enforce(True)
    policy(cloud, policy(cloud))
    assert use(cloud, 0) is None, cloud.simulator.logs()
    assert use(cloud, 1, without_document=True) is None, cloud.simulator.logs()


def test_each_permission_is_needed(cloud):
    granted = policy(cloud)
    needless = []
    for number, dropped in enumerate(granted, 2):
        # The simulated Lambda keeps logs in files.
        if dropped["Sid"] == "WriteLogs":
            continue
        policy(cloud, [one for one in granted if one is not dropped])
        if dropped["Sid"] == "KeepFailedEvents":
            broke = keeps_no_failures(cloud, number, granted)
        else:
            broke = use(cloud, number, without_document=dropped["Sid"] == "TellMissingComponents")
        report(f"{cloud.trigger}: without {dropped['Sid']}: {broke or 'NOTHING'}")
        needless += [] if broke else [dropped["Sid"]]
        policy(cloud, granted)
        settle(cloud)
    assert needless == []
    assert use(cloud, 99) is None, cloud.simulator.logs()


def keeps_no_failures(cloud, number, granted):
    """Whether an event that fails is lost; only Lambda's own retries need the permission."""
    if cloud.trigger == "sqs":
        return "replayed events would be lost; the queue keeps its own"
    policy(cloud, [one for one in granted if one["Sid"] not in ("KeepFailedEvents", "WriteDestination")])
    return use(cloud, number)


def settle(cloud):
    """Nothing of a mutation is left for the next."""
    quiet = 0
    until = time.monotonic() + 30
    while quiet < 3 and time.monotonic() < until:
        quiet = 0 if failed_event(cloud) else quiet + 1
        time.sleep(0.3)


def test_authors_and_strangers_cannot_write_artifacts(cloud):
    """Not even somebody who may do everything; only the publish function's role may."""
    for folder in ("transforms", "reports"):
        with pytest.raises(cloud.s3.exceptions.ClientError, match="AccessDenied"):
            cloud.s3.put_object(Bucket=cloud.components, Key=f"{folder}/resize/x", Body=b"x")
    cloud.s3.put_object(Bucket=cloud.components, Key="incoming/resize/x", Body=b"x")


def test_processes_that_are_killed_lose_nothing(cloud):
    cloud.simulator.enforce(False)
    names = [f"{cloud.prefix}killed-{number}.jpg" for number in range(12)]
    for number, key in enumerate(names):
        data = pictures.jpeg(900, 600, seed=number)
        cloud.s3.put_object(Bucket=cloud.source, Key=key, Body=data)
        if number % 4 == 3:
            cloud.simulator.kill_functions()
    wait_for("every manifest, or a failed event", lambda: complete(cloud, names), 60)


def complete(cloud, names):
    """All are rendered; what failed for good is replayed, as `redrive` does."""
    while event := failed_event(cloud):
        payload = json.dumps(event.get("requestPayload", event)).encode()
        cloud.simulator.client("lambda").invoke(
            FunctionName=cloud.function, InvocationType="Event", Payload=payload
        )
    return all(f"{key}/manifest.json" in keys(cloud, cloud.destination) for key in names)


@pytest.fixture
def signed_in(cloud, monkeypatch):
    """The tools' own clients find the simulator, as somebody who may do everything."""
    for name, value in cloud.simulator.environment(cloud.admin).items():
        monkeypatch.setenv(name, value)


def test_status_says_what_is_active(cloud, signed_in, capsys):
    status.main(cloud.outputs, [])
    said = capsys.readouterr().out
    assert "active       resize" in said and "failed       0 events" in said


def stored(cloud):
    """When each rendition was written."""
    listed = cloud.s3.list_objects_v2(Bucket=cloud.destination)
    return {one["Key"]: one["LastModified"] for one in listed.get("Contents", [])}


def test_a_backfill_renders_what_is_missing_and_nothing_twice(cloud, signed_in, capsys, tmp_path):
    lost = f"{cloud.prefix}killed-0.jpg/manifest.json"
    cloud.s3.delete_object(Bucket=cloud.destination, Key=lost)
    before = stored(cloud)
    assert len(before) > 10
    state = ["--state", str(tmp_path / "state.json")]
    backfill.main(cloud.outputs, [*state, "--dry-run"])
    backfill.main(cloud.outputs, [*state, "--job-size", "5"])
    after = stored(cloud)
    assert lost in after
    others = [key for key in before if not key.startswith(f"{cloud.prefix}killed-0.jpg/")]
    assert {key: after[key] for key in others} == {key: before[key] for key in others}
    said = capsys.readouterr().out.strip().splitlines()
    report(f"{cloud.trigger}: backfill: {said[-1]}")


def test_destroy_leaves_nothing(cloud, signed_in):
    started = time.monotonic()
    cloud.simulator.enforce(True)
    empty.created(cloud.outputs)
    cloud.simulator.enforce(False)
    cloud.deployment.destroy()
    report(f"{cloud.trigger}: destroyed in {time.monotonic() - started:.0f} s")
    assert left(cloud.simulator) == []


def left(simulator):
    """What is still there, of everything that the module makes."""
    lists = [
        ("s3", "list_buckets", "Buckets", "Name"),
        ("lambda", "list_functions", "Functions", "FunctionName"),
        ("lambda", "list_event_source_mappings", "EventSourceMappings", "UUID"),
        ("iam", "list_roles", "Roles", "RoleName"),
        ("logs", "describe_log_groups", "logGroups", "logGroupName"),
        ("sqs", "list_queues", "QueueUrls", None),
        ("sns", "list_topics", "Topics", "TopicArn"),
        ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
        ("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
    ]
    found = []
    for service, call, member, name in lists:
        for one in getattr(simulator.client(service), call)().get(member, []):
            found.append(f"{service}: {one[name] if name else one}")
    return found
