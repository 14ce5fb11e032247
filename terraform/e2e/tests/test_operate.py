"""Operator commands: logs, status, and the confirmations of destroying."""

import datetime
import io
import json
import signal
import subprocess
import sys
import time

import pytest
import standin
from harness import allow, wait_for
from operator_commands import Operator
from tools import empty, toolchain

LOCATION = {"LocationConstraint": "eu-central-1"}
REJECTED = {
    "timestamp": "2026-01-02T03:04:05.678Z",
    "level": "WARN",
    "outcome": "malformed",
    "message": "cut short",
    "key": "a/b.jpg",
    "ms": 123.4,
}


@pytest.fixture
def signed_in(simulator, monkeypatch):
    for name, value in simulator.environment().items():
        monkeypatch.setenv(name, value)
    return simulator


@pytest.fixture
def operator(simulator, tmp_path):
    return lambda **has: Operator(tmp_path, has, simulator.environment())


def test_logs_are_what_the_function_printed(simulator, operator):
    """Through the simulated CloudWatch, with and without the function's permission to write to
    it."""
    client = simulator.client("logs")
    client.create_log_group(logGroupName="/aws/lambda/other")
    may = [allow(["logs:CreateLogStream", "logs:PutLogEvents"])]
    standin.create(simulator, "talking", may)
    simulator.client("lambda").invoke(FunctionName="talking", Payload=b'{"hello": 1}')
    reader = operator(transform_function_name="other")

    def heard():
        return [line for line in reader.run("logs", "--raw") if '"hello": 1' in line]

    assert len(wait_for("the line", heard)) == 1
    # It is not the record of a picture.
    assert reader.run("logs", "--key", "x") == ["nothing in that time; use --since 2h for a longer period"]


def test_logs_are_followed_until_the_end(simulator, operator):
    client = simulator.client("logs")
    client.create_log_group(logGroupName="/aws/lambda/followed")
    client.create_log_stream(logGroupName="/aws/lambda/followed", logStreamName="s")

    def say(word):
        event = {"timestamp": int(time.time() * 1000), "message": json.dumps({**REJECTED, "key": word})}
        client.put_log_events(logGroupName="/aws/lambda/followed", logStreamName="s", logEvents=[event])

    say("first")
    process = operator(transform_function_name="followed").start("logs", "--follow")
    assert "first" in process.stdout.readline()
    say("second")
    assert "second" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    said, complained = process.communicate(timeout=30)
    assert (process.returncode, said, complained) == (0, "", "")


def test_a_missing_log_is_one_line(operator):
    (line,) = operator(transform_function_name="nobody").run("logs", code=2)
    assert line.startswith("error: there is no log group /aws/lambda/nobody in eu-central-1")


def test_status_of_a_deployment(simulator, operator):
    s3, sqs = simulator.client("s3"), simulator.client("sqs")
    s3.create_bucket(Bucket="status", CreateBucketConfiguration=LOCATION)
    queue = sqs.create_queue(QueueName="status-failed")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="{}")
    standin.create(simulator, "status-transform")
    cloudwatch = simulator.client("cloudwatch")
    for name in ("status-dead-letters", "status-quiet"):
        cloudwatch.put_metric_alarm(
            AlarmName=name, AlarmDescription="Events failed.", Namespace="n", MetricName="m",
            ComparisonOperator="GreaterThanThreshold", EvaluationPeriods=1, Period=60, Statistic="Sum", Threshold=0,
        )
    cloudwatch.set_alarm_state(AlarmName="status-dead-letters", StateValue="ALARM", StateReason="test")
    dimensions = [{"Name": "FunctionName", "Value": "status-transform"}]
    metric = {"MetricName": "Invocations", "Dimensions": dimensions, "Value": 7, "Unit": "Count"}
    metric["Timestamp"] = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)
    cloudwatch.put_metric_data(Namespace="AWS/Lambda", MetricData=[metric])
    logs = simulator.client("logs")
    logs.create_log_group(logGroupName="/aws/lambda/status-transform")
    logs.create_log_stream(logGroupName="/aws/lambda/status-transform", logStreamName="s")
    event = {"timestamp": int(time.time() * 1000), "message": json.dumps(REJECTED)}
    logs.put_log_events(logGroupName="/aws/lambda/status-transform", logStreamName="s", logEvents=[event])
    has = operator(
        name="status", transform_function_name="status-transform", source_bucket_name="status",
        destination_bucket_name="status", components_bucket_name="status", on_failure_queue_url=queue,
    )
    said = "\n".join(has.run("status", code=1))
    assert "nothing is published" in said
    assert "failed       1 event: `just redrive --dry-run` says why" in said
    assert "ALARM        status-dead-letters: Events failed." in said and "status-quiet" not in said
    assert "last day: 7 invocations, 0 failed" in said
    assert "malformed          a/b.jpg 123 ms - cut short" in said
    found = json.loads(has.run("status", "--json", code=1)[0])["deployment"]
    assert found["queues"] == {"waiting": None, "failed": 1} and found["unseen"] == []

    sqs.purge_queue(QueueUrl=queue)
    cloudwatch.set_alarm_state(AlarmName="status-dead-letters", StateValue="OK", StateReason="test")
    # Still nothing is published.
    found = json.loads(has.run("status", "--json", code=1)[0])
    assert found["deployment"]["alarms"] == [] and found["deployment"]["queues"]["failed"] == 0
    assert "nothing is published" in found["transforms"][0]["troubles"][0]


def test_what_a_status_may_not_see_is_named(simulator, operator):
    simulator.client("s3").create_bucket(Bucket="unseen", CreateBucketConfiguration=LOCATION)
    has = operator(components_bucket_name="unseen", transform_function_name="missing")
    found = json.loads(has.run("status", "--json", code=1)[0])["deployment"]
    assert any("lambda:GetFunctionConfiguration" in one for one in found["unseen"])


def test_only_what_was_created_is_emptied(signed_in, capsys):
    s3 = signed_in.client("s3")
    for bucket in ("mine", "theirs"):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=LOCATION)
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        for _ in range(2):
            s3.put_object(Bucket=bucket, Key="a", Body=b"x")
        s3.delete_object(Bucket=bucket, Key="a")
    empty.created({"created_buckets": ["mine"], "components_bucket_name": "theirs"})
    assert "s3://mine: 3 versions deleted" in capsys.readouterr().out
    assert "Versions" not in s3.list_object_versions(Bucket="mine")
    assert len(s3.list_object_versions(Bucket="theirs")["Versions"]) == 2


def test_more_than_a_page_is_emptied(signed_in):
    s3 = signed_in.client("s3")
    s3.create_bucket(Bucket="many", CreateBucketConfiguration=LOCATION)
    for number in range(1100):
        s3.put_object(Bucket="many", Key=f"{number:04}", Body=b"")
    assert empty.empty(s3, "many") == 1100
    assert s3.list_objects_v2(Bucket="many")["KeyCount"] == 0


@pytest.mark.parametrize("answer", ["", "yes\n"])
def test_nothing_is_deleted_without_the_word(answer, monkeypatch):
    console = io.StringIO(answer)
    console.isatty = lambda: True
    monkeypatch.setattr(sys, "stdin", console)
    with pytest.raises((SystemExit, EOFError)):
        empty.ask(["b"])


def test_nothing_is_deleted_where_nobody_can_be_asked(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("empty\n"))
    with pytest.raises(SystemExit, match="nothing was deleted"):
        empty.ask(["b"])


def test_destroying_explains_itself(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "tools.operate", str(tmp_path), "destroy", "--help"],
        cwd=toolchain.HERE, capture_output=True, text=True, timeout=60,
    )
    assert done.returncode == 0 and "usage:" in done.stdout, done.stderr
