"""A backfill counts, caps, resumes after interruption, and processes every key once."""

import csv
import datetime
import gzip
import io
import json
from urllib.parse import quote, quote_plus, unquote_plus

import pytest
import standin
from harness import as_json, wait_for
from operator_commands import Operator
from test_lambda import events

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
    """A function, and a role that S3 Batch Operations may assume; returns the outputs for the
    operator."""
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


class Run:
    """The command, with its state in the test's folder."""

    def __init__(self, simulator, folder, name):
        self.has, self.state = deployed(simulator, name), folder / "state.json"
        self.operator = Operator(folder, self.has, simulator.environment())
        self.options = ["--state", self.state, "--prefix", "old/"]
        self.seen = lambda: [one["event"]["tasks"][0]["s3Key"] for one in events(simulator, name)]

    def __call__(self, *arguments, code=0):
        return self.operator.run("backfill", *self.options, *arguments, code=code)

    def kept(self):
        return json.loads(self.state.read_text())


@pytest.fixture
def run(simulator, old, tmp_path, request):
    return Run(simulator, tmp_path, "filled-" + request.node.name[5:].replace("_", "-")[:40])


def test_directly_it_goes_on_where_it_was_stopped(run):
    said = run("--dry-run", "--direct")
    assert said[0].startswith("250 pictures to render, 0 done before") and "$" in said[1]
    assert run.seen() == []

    run("--direct", "--most", "120", "--concurrency", "4", code=1)
    assert len(run.seen()) == 120
    assert run("--dry-run", "--direct")[0].startswith("130 pictures to render, 120 done before")

    said = run("--direct", "--most-dollars", "0", code=1)
    assert said[0].startswith("stopped after 0") and len(run.seen()) == 120
    run("--direct", code=1)
    assert sorted(map(unquote_plus, run.seen())) == KEYS
    # The test function answers with its payload: every third task has failed permanently.
    assert set(run.kept()["failed"]) == set(KEYS[::3]) and run.kept()["done"] == 250


def test_directly_it_stops_where_the_function_is_down(run, simulator):
    simulator.client("lambda").delete_function(FunctionName=run.has["transform_function_name"])
    said = run("--direct", "--seconds", "1", code=2)
    assert "lambda:GetFunctionConfiguration: ResourceNotFoundException" in said[-1]
    assert not run.state.exists()


def test_jobs_render_every_key_once(run):
    assert run("--dry-run", "--job-size", "100")[0].endswith("3 jobs")
    said = run("--job-size", "100", "--most", "150", code=1)
    assert any(line.startswith("150 done, 50 failed") for line in said)
    assert said[-1].startswith("50 pictures failed")
    found = json.loads(run("--job-size", "100", "--json", code=1)[0])
    assert (found["rendered"], found["done"], found["stopped"]) == (100, 250, False)
    assert sorted(run.seen()) == [quote(key) for key in KEYS]
    assert run.kept()["failed"] == {key: "every third" for key in KEYS[::3]} and run.kept()["done"] == 250


def test_interrupted_while_a_job_runs_it_waits_for_that_one(run):
    code, said = run.operator.interrupt("backfill", *run.options)
    assert code == 2 and said[-1].startswith("error: stopped waiting"), said
    job = run.kept()["running"]["job"]
    said = run(code=1)
    assert said[0] == f"job {job} is running; its 250 pictures come first"
    assert sorted(run.seen()) == [quote(key) for key in KEYS]


def test_killed_before_the_job_is_known_it_is_the_same_job(run):
    """The job is created, and the process dies before it could save the job's id."""
    run.operator.interrupt("backfill", *run.options)
    kept = run.kept()
    job = kept["running"].pop("job")
    run.state.write_text(json.dumps(kept))
    assert job in run(code=1)[0]
    assert sorted(run.seen()) == [quote(key) for key in KEYS]


def test_cancelled_its_pictures_come_again(run, simulator):
    process = run.operator.start("backfill", *run.options)
    wait_for("the job", lambda: run.state.exists() and "job" in (run.kept()["running"] or {}))
    assert "is being cancelled" in run("--cancel")[0]
    said, complained = process.communicate(timeout=60)
    assert process.returncode == 2 and "was cancelled" in complained, said + complained
    assert run.kept()["done"] == 0
    run(code=1)
    assert set(run.seen()) == {quote(key) for key in KEYS}
    assert run.kept()["done"] == 250


def test_a_role_that_cannot_be_assumed_is_told(run, simulator):
    role = run.has["backfill_role_arn"].rpartition("/")[2]
    other = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    simulator.client("iam").update_assume_role_policy(
        RoleName=role, PolicyDocument=as_json({"Version": "2012-10-17", "Statement": [other]})
    )
    assert "may not assume" in run(code=2)[-1]
    assert run.kept()["done"] == 0


def inventory(s3, keys, **described):
    """An inventory of the old pictures; returns its manifest's address."""
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
    run("--inventory", manifest, "--most", "100", code=1)
    assert sorted(run.seen()) == sorted(quote(key) for key in shuffled[:100])
    # A run that one started cannot be resumed by the other.
    assert "name the same --inventory" in run(code=2)[-1]
    run("--inventory", manifest, code=1)
    assert sorted(run.seen()) == [quote(key) for key in KEYS]


def test_an_inventory_of_something_else_is_refused(run, old):
    assert "is for another" in run("--inventory", inventory(old, [], sourceBucket="another"), code=2)[-1]
    assert "must be CSV" in run("--inventory", inventory(old, [], fileFormat="Parquet"), code=2)[-1]


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
    (row,) = json.loads(run.operator.run("costs", "--json")[0])
    assert row["ms"] == 200 and row["dollars"] > row["requests_dollars"] > 0
