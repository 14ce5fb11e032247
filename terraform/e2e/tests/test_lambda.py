"""The simulated Lambda behaves like Lambda in everything that the pipeline relies on."""

import datetime
import json

import pytest
import standin
from harness import allow, wait_for


def invoke(simulator, name, event):
    answer = simulator.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    return answer.get("FunctionError"), json.load(answer["Payload"])


def events(simulator, name):
    log = simulator.state / f"{name}.log"
    lines = log.read_text().splitlines() if log.exists() else []
    return [json.loads(line) for line in lines if line.startswith('{"event"')]


def test_a_process_is_used_again(simulator):
    standin.create(simulator, "warm")
    first, second = (invoke(simulator, "warm", {"a": n}) for n in (1, 2))
    assert first[0] is None and first[1]["event"] == {"a": 1} and first[1]["name"] == "warm"
    assert first[1]["pid"] == second[1]["pid"]


def test_an_error_is_passed_on(simulator):
    standin.create(simulator, "failing")
    assert invoke(simulator, "failing", {"do": "fail"}) == (
        "Unhandled",
        {"errorType": "ValueError", "errorMessage": "as asked"},
    )


def test_invocations_are_counted(simulator):
    standin.create(simulator, "counted")
    for event in ({}, {"do": "sleep", "seconds": 0.2}, {"do": "fail"}):
        invoke(simulator, "counted", event)
    now = datetime.datetime.now(datetime.timezone.utc)
    found = {}
    for metric in ("Invocations", "Errors", "Duration"):
        [point] = simulator.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName=metric,
            Dimensions=[{"Name": "FunctionName", "Value": "counted"}],
            StartTime=now - datetime.timedelta(days=1),
            EndTime=now + datetime.timedelta(minutes=1),
            Period=86400 * 2,
            Statistics=["Sum"],
        )["Datapoints"]
        found[metric] = point["Sum"]
    assert (found["Invocations"], found["Errors"]) == (3, 1)
    assert 200 < found["Duration"] < 20_000


def test_a_process_that_dies_is_replaced(simulator):
    standin.create(simulator, "dying")
    before = invoke(simulator, "dying", {})[1]["pid"]
    failed, said = invoke(simulator, "dying", {"do": "exit"})
    assert failed and said["errorType"] == "Runtime.ExitError"
    assert invoke(simulator, "dying", {})[1]["pid"] != before


def test_a_process_that_takes_too_long_is_killed(simulator):
    standin.create(simulator, "slow", timeout=1)
    failed, said = invoke(simulator, "slow", {"do": "sleep", "seconds": 30})
    assert failed and said["errorType"] == "Sandbox.Timedout"
    assert invoke(simulator, "slow", {})[0] is None


def test_a_process_that_does_not_start(simulator):
    standin.create(simulator, "stillborn", environment={"START": "never"})
    failed, said = invoke(simulator, "stillborn", {})
    assert failed and said["errorType"] == "Runtime.InitError"


def test_a_changed_environment_starts_anew(simulator):
    standin.create(simulator, "changing")
    before = invoke(simulator, "changing", {})[1]["pid"]
    simulator.client("lambda").update_function_configuration(
        FunctionName="changing", Environment={"Variables": {"A": "b"}}
    )
    assert invoke(simulator, "changing", {})[1]["pid"] != before


def test_the_role_decides(simulator):
    simulator.client("s3").create_bucket(
        Bucket="theirs", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    standin.create(simulator, "allowed", [allow("s3:PutObject", "arn:aws:s3:::theirs/in/*")])
    admin = simulator.user("roles-admin", allow("*"))
    simulator.enforce(True)
    try:
        client = simulator.client("lambda", admin)
        for key, failed in (("in/x", False), ("out/x", True)):
            event = json.dumps({"do": "put", "bucket": "theirs", "key": key})
            answer = client.invoke(FunctionName="allowed", Payload=event)
            assert ("FunctionError" in answer) == failed, answer["Payload"].read()
    finally:
        simulator.enforce(False)


def bucket_that_notifies(simulator, bucket, configuration):
    s3 = simulator.client("s3")
    s3.create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration=configuration
    )
    return s3


def test_s3_events_are_retried_and_kept(simulator):
    sqs = simulator.client("sqs")
    failed = sqs.create_queue(QueueName="failed")["QueueUrl"]
    arn = standin.create(
        simulator, "by-s3", [allow("sqs:SendMessage", "arn:aws:sqs:eu-central-1:*:failed")]
    )
    lambda_ = simulator.client("lambda")
    lambda_.put_function_event_invoke_config(
        FunctionName="by-s3",
        MaximumRetryAttempts=2,
        DestinationConfig={
            "OnFailure": {"Destination": "arn:aws:sqs:eu-central-1:123456789012:failed"}
        },
    )
    lambda_.add_permission(
        FunctionName="by-s3",
        StatementId="s3",
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
        SourceArn="arn:aws:s3:::uploads",
    )
    s3 = bucket_that_notifies(
        simulator,
        "uploads",
        {"LambdaFunctionConfigurations": [{"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]}]},
    )
    s3.put_object(Bucket="uploads", Key="a b+ü.jpg", Body=b"x")
    s3.delete_object(Bucket="uploads", Key="a b+ü.jpg")
    wait_for("two events", lambda: len(events(simulator, "by-s3")) == 2)
    names = {one["event"]["Records"][0]["eventName"] for one in events(simulator, "by-s3")}
    assert names == {"ObjectCreated:Put", "ObjectRemoved:Delete"}

    s3.put_object(Bucket="uploads", Key="fail", Body=b"x")
    kept = wait_for("the failed event", lambda: sqs.receive_message(QueueUrl=failed).get("Messages"))
    record = json.loads(kept[0]["Body"])
    assert record["requestContext"]["approximateInvokeCount"] == 3
    assert record["requestPayload"]["Records"][0]["s3"]["object"]["key"] == "fail"
    assert len(events(simulator, "by-s3")) == 5


def test_messages_fail_one_by_one_and_end_in_the_dead_letter_queue(simulator):
    sqs = simulator.client("sqs")
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    dead_arn = "arn:aws:sqs:eu-central-1:123456789012:dead"
    policy = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2})
    queue = sqs.create_queue(QueueName="work", Attributes={"RedrivePolicy": policy})["QueueUrl"]
    standin.create(
        simulator,
        "by-sqs",
        [allow(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"])],
    )
    for body in ("good", "bad", "fine"):
        sqs.send_message(QueueUrl=queue, MessageBody=body)
    simulator.client("lambda").create_event_source_mapping(
        FunctionName="by-sqs",
        EventSourceArn="arn:aws:sqs:eu-central-1:123456789012:work",
        BatchSize=3,
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )
    kept = wait_for("the dead letter", lambda: sqs.receive_message(QueueUrl=dead).get("Messages"))
    assert [one["Body"] for one in kept] == ["bad"]
    batches = [[r["body"] for r in one["event"]["Records"]] for one in events(simulator, "by-sqs")]
    assert batches == [["good", "bad", "fine"], ["bad"]]


@pytest.mark.parametrize("principal", ["s3.amazonaws.com", "events.amazonaws.com"])
def test_s3_needs_permission_to_invoke(simulator, principal):
    name = "closed-" + principal.split(".")[0]
    arn = standin.create(simulator, name)
    simulator.client("lambda").add_permission(
        FunctionName=name,
        StatementId="one",
        Action="lambda:InvokeFunction",
        Principal=principal,
        SourceArn=f"arn:aws:s3:::another-{name}",
    )
    s3 = bucket_that_notifies(
        simulator,
        name,
        {"LambdaFunctionConfigurations": [{"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}]},
    )
    s3.put_object(Bucket=name, Key="x", Body=b"x")
    refused = simulator.state / "simulator.log"
    wait_for("the refusal", lambda: refused.exists() and f"{name}: " in refused.read_text())
    assert events(simulator, name) == []
