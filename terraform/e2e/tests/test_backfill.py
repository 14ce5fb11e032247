"""A backfill counts, caps, goes on where it was stopped, and hands over every key once."""

import csv
import datetime
import gzip
import io
import json
from urllib.parse import quote, quote_plus

import pytest
import standin
from harness import as_json
from test_lambda import events
from tools import backfill, prices

KEYS = [f"old/{number:04} ü+.jpg" for number in range(250)]
LOCATION = {"LocationConstraint": "eu-central-1"}


@pytest.fixture(scope="module")
def old(simulator):
    """A bucket with pictures, and one for manifests and reports."""
    s3 = simulator.client("s3")
    for bucket in ("old", "kept"):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=LOCATION)
    for key in [*KEYS, "old/folder/", "other/x.jpg"]:
        s3.put_object(Bucket="old", Key=key, Body=b"x")
    return s3


def deployed(simulator, name):
    """A function, and a role that S3 Batch Operations may assume; what `tools` are told of them."""
    arn = standin.create(simulator, name)
    trust = {"Statement": [{"Principal": {"Service": "batchoperations.s3.amazonaws.com"}}]}
    role = simulator.client("iam").create_role(
        RoleName=f"{name}-backfill", AssumeRolePolicyDocument=as_json(trust)
    )
    return {
        "source_bucket_name": "old",
        "source_prefix": "",
        "components_bucket_name": "kept",
        "transform_function_name": name,
        "transform_function_arn": arn,
        "backfill_role_arn": role["Role"]["Arn"],
    }


@pytest.fixture
def run(simulator, old, tmp_path, capsys, monkeypatch, request):
    """The command, with its state in a folder of the test's own; what it printed."""
    for name, value in simulator.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(backfill.jobs, "POLL_SECONDS", 0.05)
    name = "filled-" + request.node.name[5:].replace("_", "-")[:40]
    has = deployed(simulator, name)
    state = ["--state", str(tmp_path / "state.json"), "--prefix", "old/"]

    def command(*arguments):
        try:
            backfill.main(has, [*state, *arguments])
        except SystemExit as end:
            print(f"ended: {end}")
        return capsys.readouterr().out.splitlines()

    command.has, command.state = has, tmp_path / "state.json"
    command.seen = lambda: [one["event"]["tasks"][0]["s3Key"] for one in events(simulator, name)]
    return command


def test_directly_it_goes_on_where_it_was_stopped(run):
    said = run("--dry-run", "--direct")
    assert said[0].startswith("250 pictures to render, 0 done before") and "$" in said[1]
    assert run.seen() == []

    run("--direct", "--most", "120", "--concurrency", "4")
    assert len(run.seen()) == 120
    assert run("--dry-run", "--direct")[0].startswith("130 pictures to render, 120 done before")

    said = run("--direct", "--most-dollars", "0")
    assert said[0].startswith("stopped after 0") and len(run.seen()) == 120
    run("--direct")
    assert sorted(run.seen()) == [quote_plus(key) for key in KEYS]
    # The stand-in answers its tasks with what it was sent: every third as failed for good.
    kept = json.loads(run.state.read_text())
    assert set(kept["failed"]) == set(KEYS[::3]) and kept["done"] == 250


def test_jobs_render_every_key_once(run):
    assert run("--dry-run", "--job-size", "100")[0].endswith("3 jobs")
    said = run("--job-size", "100", "--most", "150")
    assert any(line.startswith("150 done, 50 failed") for line in said)
    assert said[-1].startswith("ended: 50 pictures failed")
    run("--job-size", "100")
    assert sorted(run.seen()) == [quote(key) for key in KEYS]
    kept = json.loads(run.state.read_text())
    assert kept["failed"] == {key: "every third" for key in KEYS[::3]} and kept["done"] == 250


def test_interrupted_while_a_job_runs_it_waits_for_that_one(run, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(backfill.jobs.time, "sleep", interrupted)
        assert run()[-1].startswith("ended: stopped waiting")
    job = json.loads(run.state.read_text())["running"]["job"]
    said = run()
    assert said[0] == f"job {job} is under way; its 250 pictures come first"
    assert sorted(run.seen()) == [quote(key) for key in KEYS]


def test_killed_before_the_job_is_known_it_is_the_same_job(run, monkeypatch):
    """The job is made, and the process is gone before it could keep the job's id."""
    start = backfill.Jobs.start

    def killed(self, prepared):
        start(self, prepared)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(backfill.Jobs, "start", killed)
        run()
    assert "job" not in json.loads(run.state.read_text())["running"]
    run()
    assert sorted(run.seen()) == [quote(key) for key in KEYS]


def test_cancelled_its_pictures_come_again(run, monkeypatch):
    wait = backfill.Jobs.wait

    def cancelled(self, job, count, before):
        self.cancel(job)
        return wait(self, job, count, before)

    with monkeypatch.context() as patch:
        patch.setattr(backfill.Jobs, "wait", cancelled)
        assert "was cancelled" in run()[-1]
    assert json.loads(run.state.read_text())["done"] == 0
    run()
    assert set(run.seen()) == {quote(key) for key in KEYS}
    assert json.loads(run.state.read_text())["done"] == 250


def test_a_role_that_cannot_be_assumed_is_told(run, simulator):
    role = run.has["backfill_role_arn"].rpartition("/")[2]
    other = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    simulator.client("iam").update_assume_role_policy(
        RoleName=role, PolicyDocument=as_json({"Version": "2012-10-17", "Statement": [other]})
    )
    assert "may not assume" in run()[-1]
    assert json.loads(run.state.read_text())["done"] == 0


def inventory(s3, keys, **described):
    """An inventory of the old pictures: its manifest's address."""
    text = io.StringIO()
    rows = csv.writer(text, quoting=csv.QUOTE_ALL)
    for key in keys:
        rows.writerow(["old", quote_plus(key), "", "true", "false"])
    rows.writerow(["old", quote_plus("old/gone.jpg"), "", "true", "true"])
    rows.writerow(["old", quote_plus("old/before.jpg"), "", "false", "false"])
    s3.put_object(Bucket="kept", Key="inventory/data.csv.gz", Body=gzip.compress(text.getvalue().encode()))
    manifest = {
        "sourceBucket": "old",
        "destinationBucket": "arn:aws:s3:::kept",
        "fileFormat": "CSV",
        "fileSchema": "Bucket, Key, VersionId, IsLatest, IsDeleteMarker",
        "files": [{"key": "inventory/data.csv.gz"}],
        **described,
    }
    s3.put_object(Bucket="kept", Key="inventory/manifest.json", Body=json.dumps(manifest).encode())
    return "s3://kept/inventory/manifest.json"


def test_an_inventory_instead_of_a_listing(run, old):
    shuffled = KEYS[::-1]
    manifest = inventory(old, shuffled)
    assert run("--dry-run", "--inventory", manifest)[0].startswith("250 pictures")
    run("--inventory", manifest, "--most", "100")
    assert sorted(run.seen()) == sorted(quote(key) for key in shuffled[:100])
    run("--inventory", manifest)
    assert sorted(run.seen()) == [quote(key) for key in KEYS]


def test_an_inventory_of_something_else_is_refused(run, old):
    assert "is of another" in run("--inventory", inventory(old, [], sourceBucket="another"))[-1]
    assert "must be CSV" in run("--inventory", inventory(old, [], fileFormat="Parquet"))[-1]


def test_the_estimate_is_what_the_prices_say():
    # A million pictures of half a second with 1,769 MB: 863,769 gigabyte-seconds.
    assert prices.pictures(1_000_000, 0.5, 1769) == pytest.approx(14.40 + 0.20 + 27.00, abs=0.01)
    # Ten jobs, and a dollar for a million tasks.
    assert prices.jobs(1_000_000, 100_000) == pytest.approx(2.50 + 1.00)
    estimate = backfill.Estimate(backfill.options([], "b"), 1769, 0.5)
    most = estimate.affordable(100)
    assert estimate.dollars(most) <= 100 < estimate.dollars(most + 1)
    assert estimate.affordable(0.2) == 0  # Not even the job itself.


def test_a_deployment_says_what_a_picture_takes(simulator, run):
    said = run("--dry-run")
    assert "0.50 s each (a guess" in said[1]
    dimensions = [{"Name": "FunctionName", "Value": run.has["transform_function_name"]}]
    duration = {"MetricName": "Duration", "Dimensions": dimensions, "Unit": "Milliseconds"}
    duration["Timestamp"] = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)
    simulator.client("cloudwatch").put_metric_data(
        Namespace="AWS/Lambda", MetricData=[{**duration, "Value": one} for one in (100, 300)]
    )
    assert "0.20 s each (measured" in run("--dry-run")[1]
