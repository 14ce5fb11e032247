"""Each fix has a reason: moto's behaviour without it. When one of these tests fails, moto has
changed."""

import json

import pytest
import standin
from botocore.exceptions import ClientError
from harness import allow, as_json, wait_for
from tools import notifications

ACCOUNT = "123456789012"
LOCATION = {"LocationConstraint": "eu-central-1"}


@pytest.fixture(params=["unmended", "mended"])
def aws(request):
    """Each test runs twice; `aws.mended` says which result to expect."""
    running = request.getfixturevalue("simulator" if request.param == "mended" else "unmended")
    running.mended = request.param == "mended"
    return running


def status(call, **arguments):
    """200, or the HTTP status of the refusal."""
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"]
    return 200


def attributes(sqs, queue):
    return sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]


def test_keep_redrive_allow_policy(aws):
    sqs = aws.client("sqs")
    queue = sqs.create_queue(QueueName="allow")["QueueUrl"]
    policy = json.dumps({"redrivePermission": "denyAll"})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"RedriveAllowPolicy": policy})
    assert ("RedriveAllowPolicy" in attributes(sqs, queue)) == aws.mended


def test_return_redrive_policy_as_sent(aws):
    sqs = aws.client("sqs")
    sqs.create_queue(QueueName="redrive-dead")
    arn = f"arn:aws:sqs:eu-central-1:{ACCOUNT}:redrive-dead"
    sent = f'{{"deadLetterTargetArn":"{arn}","maxReceiveCount":3}}'
    queue = sqs.create_queue(QueueName="redrive", Attributes={"RedrivePolicy": sent})["QueueUrl"]
    assert (attributes(sqs, queue)["RedrivePolicy"] == sent) == aws.mended


def test_keep_policy_when_others_change(aws):
    sqs = aws.client("sqs")
    queue = sqs.create_queue(QueueName="policy")["QueueUrl"]
    policy = as_json({"Version": "2012-10-17", "Statement": [allow("sqs:*")]})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "7"})
    assert ("Policy" in attributes(sqs, queue)) == aws.mended


def test_choose_alarms_by_state_too(aws):
    cloudwatch = aws.client("cloudwatch")
    for name in ("chosen-rings", "chosen-quiet"):
        cloudwatch.put_metric_alarm(
            AlarmName=name, Namespace="n", MetricName="m", EvaluationPeriods=1, Period=60,
            ComparisonOperator="GreaterThanThreshold", Statistic="Sum", Threshold=0,
        )
    for name, state in (("chosen-rings", "ALARM"), ("chosen-quiet", "OK")):
        cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="test")
    found = cloudwatch.describe_alarms(AlarmNamePrefix="chosen-", StateValue="ALARM")["MetricAlarms"]
    assert len(found) == (1 if aws.mended else 2)


def test_do_not_push_to_functions(aws):
    sqs = aws.client("sqs")
    standin.create(aws, "pushed", [allow("sqs:*")])
    queue = sqs.create_queue(QueueName="pushed")["QueueUrl"]
    aws.client("lambda").create_event_source_mapping(
        FunctionName="pushed",
        EventSourceArn=f"arn:aws:sqs:eu-central-1:{ACCOUNT}:pushed",
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    if aws.mended:
        wait_for("the function", lambda: (aws.state / "pushed.log").exists())
    else:
        # The push failed, and counted as a receive.
        names = ["ApproximateReceiveCount"]
        message = sqs.receive_message(QueueUrl=queue, AttributeNames=names)["Messages"][0]
        assert message["Attributes"]["ApproximateReceiveCount"] == "2"


def test_keep_logging_config(aws):
    standin.create(aws, "logging")
    config = aws.client("lambda").get_function_configuration(FunctionName="logging")
    assert (config.get("LoggingConfig", {}).get("LogFormat") == "JSON") == aws.mended


def test_run_packages(aws):
    standin.create(aws, "runs")
    answer = aws.client("lambda").invoke(FunctionName="runs", Payload=b'{"a": 1}')
    assert (b'"pid"' in answer["Payload"].read()) == aws.mended


def events_of(aws, name, event):
    """A versioned bucket whose events of this kind go to a queue; returns a probe for them."""
    sqs, s3 = aws.client("sqs"), aws.client("s3")
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    s3.create_bucket(Bucket=name, CreateBucketConfiguration=LOCATION)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    arn = f"arn:aws:sqs:eu-central-1:{ACCOUNT}:{name}"
    s3.put_bucket_notification_configuration(
        Bucket=name,
        NotificationConfiguration={"QueueConfigurations": [{"QueueArn": arn, "Events": [event]}]},
    )

    def probe():
        for message in sqs.receive_message(QueueUrl=queue).get("Messages", []):
            if "Records" in message["Body"]:
                return json.loads(message["Body"])["Records"][0]
        return None

    return s3, probe


def test_describe_as_s3_does(aws):
    s3, probe = events_of(aws, "described", "s3:ObjectCreated:*")
    s3.put_object(Bucket="described", Key="f/a b", Body=b"x")
    record = wait_for("the event", probe)
    described = record["s3"]["object"]
    assert described["key"] == ("f/a+b" if aws.mended else "f%2Fa+b")
    found = record["eventTime"].endswith("Z"), "sequencer" in described, "versionId" in described
    assert found == (aws.mended,) * 3


def test_tell_of_delete_markers(aws):
    s3, probe = events_of(aws, "marked", "s3:ObjectRemoved:*")
    s3.put_object(Bucket="marked", Key="x", Body=b"x")
    s3.delete_object(Bucket="marked", Key="x")
    if aws.mended:
        assert wait_for("the event", probe)["eventName"] == "ObjectRemoved:DeleteMarkerCreated"
    else:
        # It would have arrived by now: moto sends events before it answers.
        assert probe() is None


def test_tell_of_tags_only_where_they_are_put(aws):
    s3, probe = events_of(aws, "tags-put", "s3:ObjectTagging:*")
    s3.put_object(Bucket="tags-put", Key="uploaded", Body=b"x")
    s3.put_object(Bucket="tags-put", Key="tagged", Body=b"x")
    s3.put_object_tagging(Bucket="tags-put", Key="tagged", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    told = wait_for("the event", probe)["s3"]["object"]["key"]
    assert told == ("tagged" if aws.mended else "uploaded")


def test_deliver_asynchronously(aws):
    """Moto runs the function within the upload's own request, permitted or not."""
    s3, logs = aws.client("s3"), aws.client("logs")
    arn = standin.create(aws, "waited-for")
    s3.create_bucket(Bucket="waited-for", CreateBucketConfiguration=LOCATION)
    configuration = {
        "LambdaFunctionConfigurations": [
            {"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}
        ]
    }
    s3.put_bucket_notification_configuration(
        Bucket="waited-for", NotificationConfiguration=configuration
    )
    s3.put_object(Bucket="waited-for", Key="x", Body=b"x")
    groups = [one["logGroupName"] for one in logs.describe_log_groups()["logGroups"]]
    ran = any(one in groups for one in ("/aws/lambda/waited-for", "/aws/lambda/other"))
    assert ran == (not aws.mended)


def queue_of(aws, name, service, source):
    """A queue that accepts messages only from this source; returns a probe for the next body."""
    sqs = aws.client("sqs")
    arn = f"arn:aws:sqs:eu-central-1:{ACCOUNT}:{name}"
    allowed = {
        "Effect": "Allow", "Principal": {"Service": service}, "Action": "sqs:SendMessage",
        "Resource": arn, "Condition": {"ArnEquals": {"aws:SourceArn": source}},
    }
    policy = as_json({"Version": "2012-10-17", "Statement": [allowed]})
    queue = sqs.create_queue(QueueName=name, Attributes={"Policy": policy})["QueueUrl"]

    def probe():
        for message in sqs.receive_message(QueueUrl=queue).get("Messages", []):
            return json.loads(message["Body"])
        return None

    return arn, probe


def test_hand_topics_over_as_sns_does(aws):
    sns = aws.client("sns")
    topic = sns.create_topic(Name="fanned")["TopicArn"]
    mine, took = queue_of(aws, "fanned", "sns.amazonaws.com", topic)
    theirs, refused = queue_of(aws, "not-fanned", "sns.amazonaws.com", f"{topic}-other")
    for queue in (mine, theirs):
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    sns.publish(TopicArn=topic, Message='{"a": 1}')
    assert json.loads(wait_for("the message", took)["Message"]) == {"a": 1}
    assert (refused() is None) == aws.mended

    function = standin.create(aws, "fanned")
    aws.client("lambda").add_permission(
        FunctionName="fanned", StatementId="x", Action="lambda:InvokeFunction",
        Principal="sns.amazonaws.com", SourceArn=topic,
    )
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function)
    # Without the fix, in Docker, within this request.
    sns.publish(TopicArn=topic, Message='{"a": 2}')
    log = aws.state / "fanned.log"
    if aws.mended:
        wait_for("the function", lambda: log.exists() and topic in log.read_text())
    assert log.exists() == aws.mended


def test_say_that_eventbridge_is_told(aws):
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="telling", CreateBucketConfiguration=LOCATION)
    said = s3.get_bucket_notification_configuration
    assert notifications.told(s3, "telling") == []
    wanted = {"EventBridgeConfiguration": {}}
    s3.put_bucket_notification_configuration(Bucket="telling", NotificationConfiguration=wanted)
    assert ("EventBridgeConfiguration" in said(Bucket="telling")) == aws.mended
    assert notifications.told(s3, "telling") == (["EventBridge: everything"] if aws.mended else [])


def test_tell_eventbridge_as_s3_does(aws):
    events, s3 = aws.client("events"), aws.client("s3")
    rule = f"arn:aws:events:eu-central-1:{ACCOUNT}:rule/ruled"
    pattern = as_json({"source": ["aws.s3"], "detail": {"bucket": {"name": ["ruled"]}}})
    events.put_rule(Name="ruled", EventPattern=pattern)
    mine, took = queue_of(aws, "ruled", "events.amazonaws.com", rule)
    theirs, refused = queue_of(aws, "not-ruled", "events.amazonaws.com", f"{rule}-other")
    targets = [{"Id": str(number), "Arn": arn} for number, arn in enumerate((mine, theirs))]
    events.put_targets(Rule="ruled", Targets=targets)
    s3.create_bucket(Bucket="ruled", CreateBucketConfiguration=LOCATION)
    s3.put_bucket_notification_configuration(
        Bucket="ruled", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    s3.put_object(Bucket="ruled", Key="a b", Body=b"x")
    event = wait_for("the event", took)
    assert event["detail-type"] == "Object Created" and event["detail"]["object"]["key"] == "a b"
    assert ("etag" in event["detail"]["object"]) == aws.mended
    assert (refused() is None) == aws.mended


def test_skip_signatures(aws):
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="signed", CreateBucketConfiguration=LOCATION)
    key = aws.user("signs", allow("*"))
    aws.enforce(True)
    try:
        got = status(aws.client("s3", key).put_object, Bucket="signed", Key="a b+c", Body=b"x" * 99)
    finally:
        aws.enforce(False)
    assert got == (200 if aws.mended else 403)


def test_judge_bucket_policies_by_condition(aws):
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="judged", CreateBucketConfiguration=LOCATION)
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::judged/*"]}
    plaintext = {**deny, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    writers = [f"arn:aws:iam::{ACCOUNT}:user/may"]
    artifacts = {**deny, "Condition": {"ArnNotEquals": {"aws:PrincipalArn": writers}}}

    def use(*statements):
        policy = as_json({"Version": "2012-10-17", "Statement": statements})
        s3.put_bucket_policy(Bucket="judged", Policy=policy)

    use(plaintext)
    assert status(s3.put_object, Bucket="judged", Key="x", Body=b"x") == (200 if aws.mended else 403)
    if aws.mended:
        use(plaintext, artifacts)
        may, may_not = (aws.user(name, allow("*")) for name in ("may", "may-not"))
        aws.enforce(True)
        try:
            for key, expected in ((may, 200), (may_not, 403)):
                put = aws.client("s3", key).put_object
                assert status(put, Bucket="judged", Key="x", Body=b"x") == expected
        finally:
            aws.enforce(False)


def test_hide_missing_keys_without_list(aws):
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="hidden", CreateBucketConfiguration=LOCATION)
    get = allow("s3:GetObject", "arn:aws:s3:::hidden/*")
    reads = aws.user("reads", get)
    lists = aws.user("lists", get, allow("s3:ListBucket", "arn:aws:s3:::hidden"))
    aws.enforce(True)
    try:
        for key, expected in ((reads, 403 if aws.mended else 404), (lists, 404)):
            assert status(aws.client("s3", key).head_object, Bucket="hidden", Key="x") == expected
    finally:
        aws.enforce(False)


def test_judge_each_key_of_delete_objects(aws):
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="several", CreateBucketConfiguration=LOCATION)
    for key in ("mine/a&b", "theirs/x"):
        s3.put_object(Bucket="several", Key=key, Body=b"x")
    user = aws.user("deletes", allow("s3:DeleteObject", "arn:aws:s3:::several/mine/*"))
    objects = [{"Key": "mine/a&b"}, {"Key": "theirs/x"}]
    aws.enforce(True)
    try:
        answer = aws.client("s3", user).delete_objects(Bucket="several", Delete={"Objects": objects})
    except ClientError as error:
        answer = {"Errors": [{"Key": error.response["Error"]["Code"]}]}
    finally:
        aws.enforce(False)
    gone = [one["Key"] for one in answer.get("Deleted", [])]
    assert gone == (["mine/a&b"] if aws.mended else [])
    left = [one["Key"] for one in s3.list_objects_v2(Bucket="several")["Contents"]]
    assert left == (["theirs/x"] if aws.mended else ["mine/a&b", "theirs/x"])


def test_judge_tags_and_what_is_copied(aws):
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="tagged", CreateBucketConfiguration=LOCATION)
    s3.put_object(Bucket="tagged", Key="x", Body=b"x", ContentType="image/png")
    there = {"Bucket": "tagged", "Key": "x"}
    retire = {
        **there, "CopySource": "tagged/x", "TaggingDirective": "REPLACE", "Tagging": "a=b",
        "MetadataDirective": "REPLACE", "ContentType": "image/png",
    }
    objects = "arn:aws:s3:::tagged/*"
    plain = [allow([f"s3:{one}Object" for one in ("Get", "Put", "Delete")], objects)]
    key = aws.user("plain", *plain)
    tags = aws.user("tags", *plain, allow([f"s3:{one}ObjectTagging" for one in ("Get", "Put", "Delete")], objects))
    puts = aws.user("puts", allow(["s3:PutObject", "s3:PutObjectTagging"], objects))
    plain, tags, puts = (aws.client("s3", one) for one in (key, tags, puts))
    refused = 403 if aws.mended else 200
    aws.enforce(True)
    try:
        assert status(puts.copy_object, **retire) == refused
        assert status(plain.copy_object, **retire) == refused
        assert status(tags.copy_object, **retire) == 200
        assert (tags.head_object(**there)["TagCount"], tags.head_object(**there)["ContentType"]) == (1, "image/png")
        assert ("TagCount" in plain.head_object(**there)) == (not aws.mended)
        assert status(plain.delete_object_tagging, **there) == refused
        assert status(tags.delete_object_tagging, **there) == 200
        assert "TagCount" not in tags.head_object(**there)
    finally:
        aws.enforce(False)


def without_account_host(request, **_):
    """S3 Control has a host per account; the simulator has one for all."""
    scheme, _, rest = request.url.partition("://")
    request.url = f"{scheme}://{rest.partition('.')[2]}"


def test_run_jobs(aws):
    s3control = aws.client("s3control")
    s3control.meta.events.register("before-sign.s3-control", without_account_host)
    location = {"ObjectArn": "arn:aws:s3:::none/manifest.csv", "ETag": "0"}
    made = status(
        s3control.create_job,
        AccountId=ACCOUNT,
        ClientRequestToken="once",
        ConfirmationRequired=False,
        Manifest={
            "Spec": {"Format": "S3BatchOperations_CSV_20180820", "Fields": ["Bucket", "Key"]},
            "Location": location,
        },
        Operation={"LambdaInvoke": {"FunctionArn": "arn:aws:lambda:eu-central-1:1:function:none"}},
        Priority=1,
        Report={"Enabled": False},
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/none",
    )
    assert made == (200 if aws.mended else 404)


def test_judge_functions_and_logs_by_name(aws):
    group = f"arn:aws:logs:eu-central-1:{ACCOUNT}:log-group:theirs:*"
    function = f"arn:aws:lambda:eu-central-1:{ACCOUNT}:function:named"
    aws.client("logs").create_log_group(logGroupName="theirs")
    standin.create(aws, "named")
    key = aws.user("named", allow("logs:*", group), allow("lambda:InvokeFunction", function))
    stream = {"logGroupName": "theirs", "logStreamName": "one"}
    wanted = 200 if aws.mended else 403
    aws.enforce(True)
    try:
        assert status(aws.client("logs", key).create_log_stream, **stream) == wanted
        assert status(aws.client("lambda", key).invoke, FunctionName="named") == wanted
        assert status(aws.client("lambda", key).invoke, FunctionName="other") == 403
        other = {**stream, "logGroupName": "others"}
        assert status(aws.client("logs", key).create_log_stream, **other) == 403
    finally:
        aws.enforce(False)
