"""Operator commands against the deployment."""

import os
import time

import pytest
from cloud.stage import picture, report
from operator_commands import Operator

# `just test-cloud --long` takes 1,000.
PICTURES = int(os.environ.get("OBSCURA_E2E_PICTURES", "25"))


@pytest.fixture
def operator(cloud, tmp_path):
    key = cloud.admin or ("test", "test")
    return Operator(tmp_path, cloud.outputs, cloud.simulator.environment(key))


def test_status_says_what_is_active(operator):
    said = operator.run("status")
    assert any(line.startswith("resize") for line in said), said
    assert any("stable" in line for line in said) and "failed       0 events" in said
    assert not any(line.startswith("not seen") for line in said), said


def test_logs_say_what_became_of_a_picture(operator):
    said = operator.run("logs", "--since", "1h", "--key", "swap.jpg")
    assert any("rendered" in line for line in said), said


def test_a_backfill_is_interrupted_and_renders_nothing_twice(cloud, operator, tmp_path):
    """Pictures uploaded without notifications, in addition to rendered ones."""
    old = [f"{cloud.prefix}old/{number:04}.jpg" for number in range(PICTURES)]
    bucket = cloud.source
    told = cloud.s3.get_bucket_notification_configuration(Bucket=bucket)
    del told["ResponseMetadata"]
    cloud.s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    for number, key in enumerate(old):
        cloud.put(key, picture(number))
    before = cloud.keys(cloud.destination)
    state = ["--state", tmp_path / "state.json", "--job-size", str(PICTURES // 2)]

    for line in operator.run("backfill", *state, "--dry-run"):
        report(cloud, f"backfill: dry run: {line}")
    assert cloud.keys(cloud.destination) == before

    started = time.monotonic()
    code, said = operator.interrupt("backfill", *state)
    assert code == 2 and said[-1].startswith("error: stopped waiting"), said
    lines = operator.run("backfill", *state)
    took = time.monotonic() - started
    report(cloud, f"backfill: interrupted, and again, {took:.0f} s in all: {lines[-1]}")
    first = cloud.keys(cloud.destination)
    assert all(f"{key}/manifest.json" in first for key in old)
    # Already rendered pictures were checked, and not changed.
    assert {key: first[key] for key in before} == before

    operator.run("backfill", "--state", tmp_path / "again.json")
    assert cloud.keys(cloud.destination) == first
    report(cloud, f"backfill: all {PICTURES} once more: nothing was rendered twice")
    cloud.s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=told)
