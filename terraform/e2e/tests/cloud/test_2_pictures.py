"""Uploads, overwrites and deletions."""

import time

import pictures
from cloud.stage import report
from harness import wait_for


def test_the_default_transform_is_published_by_the_apply(cloud):
    try:
        assert wait_for("the default transform", cloud.active, 240)
    except AssertionError as error:
        raise AssertionError(f"{error}\n{cloud.simulator.logs()}") from None


def test_a_picture_becomes_renditions(cloud):
    key = f"{cloud.prefix}a b+c/ü.jpg"
    started = time.monotonic()
    found = cloud.upload(key, pictures.jpeg(1200, 800))
    report(cloud, f"upload to manifest in {time.monotonic() - started:.2f} s")
    wanted = {one["key"] for one in found["renditions"]} | {f"{key}/manifest.json"}
    assert cloud.renditions(key) == wanted
    for one in found["renditions"]:
        stored = cloud.s3.get_object(Bucket=cloud.destination, Key=one["key"])
        assert stored["ContentType"] == one["media_type"]
        assert pictures.size(stored["Body"].read()) == (one["width"], one["height"])


def test_an_overwrite_becomes_other_renditions(cloud):
    key = f"{cloud.prefix}again.jpg"
    first = cloud.upload(key, pictures.jpeg(640, 480, seed=1))
    second = cloud.upload(key, pictures.jpeg(640, 480, seed=2))
    assert first["renditions"] != second["renditions"]


def test_a_deleted_picture_takes_its_renditions_along(cloud):
    for name in ("a b+c/ü.jpg", "again.jpg"):
        cloud.delete(f"{cloud.prefix}{name}")


def test_what_is_no_picture_is_recorded_and_not_retried(cloud):
    key = f"{cloud.prefix}notes.jpg"
    cloud.put(key, b"not a picture")
    # The complete example ignores other media types.
    if cloud.trigger == "direct":
        said = wait_for("the record", lambda: cloud.manifest(key), 30)
        assert said["status"] == "failed" and said["renditions"] == []
        assert said["steps"][0]["error"]["code"] == "unsupported-format"
    else:
        time.sleep(3)
        assert cloud.renditions(key) == set()
    cloud.delete(key)
    assert not cloud.failed_event()
