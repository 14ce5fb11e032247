"""An uploaded component replaces the active one; nothing is deployed."""

import json
import time

import pictures
from cloud.stage import report
from harness import wait_for


def test_another_component_is_used_without_a_deployment(cloud):
    key = f"{cloud.prefix}swap.jpg"
    before = cloud.upload(key, pictures.jpeg(300, 200, seed=3))["steps"][0]["transform"]["digest"]
    code = cloud.configuration()["CodeSha256"]
    started = time.monotonic()
    author = cloud.simulator.client("s3", cloud.simulator.user("somebody", *cloud.author))
    published = cloud.publish("second", author)
    report(cloud, f"component uploaded to component active in {time.monotonic() - started:.1f} s")
    after = None
    while after != published and time.monotonic() < started + 90:
        seed = int(time.monotonic() * 1000)
        after = cloud.upload(key, pictures.jpeg(300, 200, seed=seed))["steps"][0]["transform"]["digest"]
    assert after == published != before
    report(cloud, f"component uploaded to picture rendered by it in {time.monotonic() - started:.1f} s")
    assert cloud.configuration()["CodeSha256"] == code
    assert cloud.deployment.changes() == ""
    report(cloud, f"the transform function's code is {code} as before, and the plan is empty")


def test_a_component_that_is_refused_leaves_the_active_one(cloud):
    active = cloud.active()
    body = b"\0asm\x01\0\0\0"
    cloud.s3.put_object(Bucket=cloud.components, Key="incoming/resize/broken.wasm", Body=body)
    path = "reports/resize/broken.wasm.json"
    wait_for("the report", lambda: path in cloud.keys(cloud.components, path), 60)
    said = json.load(cloud.s3.get_object(Bucket=cloud.components, Key=path)["Body"])
    assert said["outcome"] == "refused" and said["active"] == active == cloud.active()
    report(cloud, f"a core module was refused: {said['refusal']['code']}")
    picture = cloud.upload(f"{cloud.prefix}swap.jpg", pictures.jpeg(300, 200, seed=5))
    assert picture["steps"][0]["transform"]["digest"] == active
