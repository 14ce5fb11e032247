"""What an operator types, against the deployment."""

import os
import time

import pytest
from cloud.stage import picture, report
from tools import backfill, logs, status

# `just test-cloud --long` takes 1,000.
PICTURES = int(os.environ.get("OBSCURA_E2E_PICTURES", "25"))


def test_status_says_what_is_active(cloud, signed_in, capsys):
    status.main(cloud.outputs, [])
    said = capsys.readouterr().out
    assert "active       resize" in said and "failed       0 events" in said


def test_logs_say_what_became_of_a_picture(cloud, signed_in, capsys):
    logs.main(cloud.outputs, ["--since", "1h", "--key", "swap.jpg"])
    assert "rendered" in capsys.readouterr().out


def test_a_backfill_is_interrupted_and_renders_nothing_twice(cloud, signed_in, capsys, tmp_path, monkeypatch):
    """Pictures that came while nothing told of them, beside those that were rendered."""
    monkeypatch.setattr(backfill.jobs, "POLL_SECONDS", 0.5)
    old = [f"{cloud.prefix}old/{number:04}.jpg" for number in range(PICTURES)]
    bucket = cloud.source
    told = cloud.s3.get_bucket_notification_configuration(Bucket=bucket)
    del told["ResponseMetadata"]
    cloud.s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    for number, key in enumerate(old):
        cloud.put(key, picture(number))
    before = cloud.keys(cloud.destination)
    state = ["--state", str(tmp_path / "state.json"), "--job-size", str(PICTURES // 2)]

    backfill.main(cloud.outputs, [*state, "--dry-run"])
    for line in capsys.readouterr().out.splitlines():
        report(cloud, f"backfill: dry run: {line}")
    assert cloud.keys(cloud.destination) == before

    started = time.monotonic()
    interrupted(cloud, state, monkeypatch)
    backfill.main(cloud.outputs, state)
    lines = capsys.readouterr().out.splitlines()
    took = time.monotonic() - started
    report(cloud, f"backfill: interrupted, and again, {took:.0f} s in all: {lines[-1]}")
    first = cloud.keys(cloud.destination)
    assert all(f"{key}/manifest.json" in first for key in old)
    # What had been rendered before was looked at, and left as it is.
    assert {key: first[key] for key in before} == before

    backfill.main(cloud.outputs, ["--state", str(tmp_path / "again.json")])
    assert cloud.keys(cloud.destination) == first
    report(cloud, f"backfill: all {PICTURES} once more: nothing was rendered twice")
    cloud.s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=told)


def interrupted(cloud, state, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(backfill.jobs.time, "sleep", interrupt)
        with pytest.raises(SystemExit, match="stopped waiting"):
            backfill.main(cloud.outputs, state)
