"""What an operator types: logs, status, and the questions that destroying asks."""

import argparse
import io
import json
import subprocess
import sys

import pytest
import standin
from harness import allow, wait_for
from tools import empty, logs, operate, status, toolchain

LOCATION = {"LocationConstraint": "eu-central-1"}
RENDERED = {
    "timestamp": "2026-01-02T03:04:05.678Z",
    "level": "INFO",
    "message": "done",
    "key": "a/b.jpg",
    "digest": "sha256:0123456789abcdef",
    "outcome": "rendered",
    "ms": 123.4,
    "peak_memory_bytes": 10 * 2**20,
}
REJECTED = {
    **{name: RENDERED[name] for name in ("timestamp", "key", "ms")},
    "level": "WARN",
    "outcome": "malformed",
    "message": "cut short",
}


@pytest.fixture
def signed_in(simulator, monkeypatch):
    for name, value in simulator.environment().items():
        monkeypatch.setenv(name, value)
    return simulator


def given(*arguments):
    defaults = {"since": 600, "follow": False, "errors": False, "key": None, "raw": False}
    return argparse.Namespace(**{**defaults, **dict(arguments)})


def test_a_line_is_read_for_people():
    said = logs.readable(json.dumps(RENDERED), given())
    assert said == "03:04:05 INFO  rendered           a/b.jpg 123 ms 10 MiB (0123456789ab)"
    assert logs.readable(json.dumps(REJECTED), given()).endswith("a/b.jpg 123 ms - cut short")
    assert logs.readable(json.dumps(RENDERED), given(("since", 86400))).startswith("2026-01-02 03:04:05 INFO ")
    assert logs.readable("thread 'main' panicked", given()) == "thread 'main' panicked"


def test_lines_are_chosen():
    errors, other = given(("errors", True)), given(("key", "other"))
    assert logs.readable(json.dumps(RENDERED), errors) is None
    assert "malformed" in logs.readable(json.dumps(REJECTED), errors)
    assert logs.readable(json.dumps(RENDERED), other) is None
    repeated = {**REJECTED, "message": 'Diagnostic { error_type: "malformed" }', "level": "ERROR"}
    assert logs.readable(json.dumps(repeated), given()) is None
    assert logs.readable(json.dumps({"_aws": {}, "Pictures": 1}), given()) is None


@pytest.mark.parametrize("text, wanted", [("90s", 90), ("10m", 600), ("2h", 7200), ("1d", 86400)])
def test_times_are_read(text, wanted):
    assert logs.seconds(text) == wanted


@pytest.mark.parametrize("text", ["", "10", "m", "-1h", "1w"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError):
        logs.seconds(text)


def test_logs_are_what_the_function_printed(signed_in, capsys):
    """Through the simulated CloudWatch, which the function may write to, or not."""
    client = signed_in.client("logs")
    client.create_log_group(logGroupName="/aws/lambda/other")
    may = [allow(["logs:CreateLogStream", "logs:PutLogEvents"])]
    standin.create(signed_in, "talking", may)
    signed_in.client("lambda").invoke(FunctionName="talking", Payload=b'{"hello": 1}')
    wanted = given(("raw", True))

    def heard():
        said = []
        logs.show(client, "/aws/lambda/other", wanted, said.append)
        return [line for line in said if '"hello": 1' in line]

    assert len(wait_for("the line", heard)) == 1


def test_status_of_a_deployment(signed_in, capsys):
    s3, sqs = signed_in.client("s3"), signed_in.client("sqs")
    s3.create_bucket(Bucket="status", CreateBucketConfiguration=LOCATION)
    pointer = {"digest": "sha256:0123456789abcdef", "version": "1.2.3", "activated_at": "2026-01-02T03:04:05Z"}
    key = "transforms/resize/channels/stable.json"
    s3.put_object(Bucket="status", Key=key, Body=json.dumps(pointer))
    s3.put_object(Bucket="status", Key="transforms/resize/sha256:01/component.wasm", Body=b"x")
    queue = sqs.create_queue(QueueName="status-failed")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="{}")
    standin.create(signed_in, "status-transform")
    cloudwatch = signed_in.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="status-dead-letters", AlarmDescription="Events failed.", Namespace="n", MetricName="m",
        ComparisonOperator="GreaterThanThreshold", EvaluationPeriods=1, Period=60, Statistic="Sum", Threshold=0,
    )
    cloudwatch.set_alarm_state(AlarmName="status-dead-letters", StateValue="ALARM", StateReason="test")
    has = {
        "name": "status", "transform_function_name": "status-transform", "publish_function_name": None,
        "source_bucket_name": "status", "destination_bucket_name": "status", "components_bucket_name": "status",
        "events_queue_url": None, "on_failure_queue_url": queue,
    }
    status.main(has, [])
    said = capsys.readouterr().out
    assert "active       resize 1.2.3 (0123456789ab) on stable since 2026-01-02T03:04:05" in said
    assert "failed       1 event: `just redrive --dry-run` says why" in said
    assert "ALARM        status-dead-letters: Events failed." in said
    status.main(has, ["--json"])
    assert json.loads(capsys.readouterr().out)["queues"] == {"failed": 1}


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


# What `deploy` takes is Terraform's.
@pytest.mark.parametrize("command", operate.COMMANDS[1:])
def test_every_command_explains_itself(command, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "tools.operate", str(tmp_path), command, "--help"],
        cwd=toolchain.HERE, capture_output=True, text=True, timeout=60,
    )
    assert done.returncode == 0 and "usage:" in done.stdout, done.stderr
