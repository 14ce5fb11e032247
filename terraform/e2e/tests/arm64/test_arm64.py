"""The arm64 packages, started as Lambda would start them, on an emulated processor."""

import json
import os
import pathlib
import time

import pictures
import pytest
from harness import Simulator, wait_for

DIST = os.environ.get("OBSCURA_E2E_DIST")
pytestmark = pytest.mark.skipif(not DIST, reason="`python3 -m tools.arm64` runs these")
BUCKETS = {one: f"arm64-{one}" for one in ("source", "destination", "components")}
LOCATION = {"LocationConstraint": "eu-central-1"}
# An emulated processor is about ten times as slow.
PATIENCE = 600


@pytest.fixture(scope="module")
def aws(tmp_path_factory):
    """Buckets and both functions, created through the API."""
    with Simulator(tmp_path_factory.mktemp("arm64")) as running:
        s3 = running.client("s3")
        for bucket in BUCKETS.values():
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=LOCATION)
        role = running.client("iam").create_role(RoleName="any", AssumeRolePolicyDocument="{}")
        variables = {f"OBSCURA_{name.upper()}_BUCKET": bucket for name, bucket in BUCKETS.items()}
        publishes = {"OBSCURA_COMPONENTS_BUCKET": BUCKETS["components"]}
        for name, given in (("transform", variables), ("publish", publishes)):
            running.client("lambda").create_function(
                FunctionName=name,
                Role=role["Role"]["Arn"],
                Runtime="provided.al2023",
                Handler="bootstrap",
                Architectures=["arm64"],
                Timeout=900,
                MemorySize=3008,
                Code={"ZipFile": (pathlib.Path(DIST) / f"{name}-arm64.zip").read_bytes()},
                Environment={"Variables": given},
            )
        yield running


def tell(aws, function, bucket, key):
    """Invoke a function with the event of an upload; returns Lambda's response."""
    described = {"key": key, "size": 1, "eTag": "0"}
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventName": "ObjectCreated:Put",
        "s3": {"bucket": {"name": bucket}, "object": described},
    }
    aws.client("lambda").invoke(
        FunctionName=function,
        InvocationType="Event",
        Payload=json.dumps({"Records": [record]}).encode(),
    )


def there(aws, bucket, ending):
    listed = aws.client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])
    return next((one["Key"] for one in listed if one["Key"].endswith(ending)), None)


def test_a_component_is_proved_and_compiled(aws):
    started = time.monotonic()
    bucket, key = BUCKETS["components"], "incoming/resize/resize.wasm"
    component = (pathlib.Path(DIST) / "resize.wasm").read_bytes()
    aws.client("s3").put_object(Bucket=bucket, Key=key, Body=component)
    tell(aws, "publish", bucket, key)
    try:
        wait_for("the pointer", lambda: there(aws, bucket, "channels/stable.json"), PATIENCE)
    except AssertionError as error:
        raise AssertionError(f"{error}\n{aws.logs()}") from None
    artifact = there(aws, bucket, ".cwasm")
    assert "aarch64" in artifact
    print(f"\npublished for {artifact.rpartition('/')[2]} in {time.monotonic() - started:.0f} s, emulated")


def test_a_picture_becomes_renditions(aws):
    started = time.monotonic()
    aws.client("s3").put_object(Bucket=BUCKETS["source"], Key="a.jpg", Body=pictures.jpeg(1200, 800))
    tell(aws, "transform", BUCKETS["source"], "a.jpg")
    try:
        wait_for("the manifest", lambda: there(aws, BUCKETS["destination"], "manifest.json"), PATIENCE)
    except AssertionError as error:
        raise AssertionError(f"{error}\n{aws.logs()}") from None
    body = aws.client("s3").get_object(Bucket=BUCKETS["destination"], Key="a.jpg/manifest.json")["Body"]
    found = json.load(body)["renditions"]
    for one in found:
        stored = aws.client("s3").get_object(Bucket=BUCKETS["destination"], Key=one["key"])["Body"]
        assert pictures.size(stored.read()) == (one["width"], one["height"])
    print(f"\n{len(found)} renditions in {time.monotonic() - started:.0f} s, emulated")
