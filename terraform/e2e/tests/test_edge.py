"""Fixes for moto's CloudFront and buses, and the responses of a distribution."""

import http.client
import json

import pytest
from harness import allow
from test_mends import aws, status  # noqa: F401: the fixture runs each test with and without the mends

BUCKET = "edge"
REFERENCE = iter(range(1000))


def distribution_config(behaviour=(), origin=()):
    return {
        "CallerReference": f"edge-{next(REFERENCE)}",
        "Comment": "",
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [{
            "Id": "bucket",
            "DomainName": f"{BUCKET}.s3.eu-central-1.amazonaws.com",
            "S3OriginConfig": {"OriginAccessIdentity": ""},
            **dict(origin),
        }]},
        "DefaultCacheBehavior": {"TargetOriginId": "bucket", "ViewerProtocolPolicy": "allow-all", **dict(behaviour)},
    }


def function(cloudfront, name, code):
    made = cloudfront.create_function(
        Name=name, FunctionConfig={"Comment": "", "Runtime": "cloudfront-js-2.0"}, FunctionCode=code
    )
    cloudfront.publish_function(Name=name, IfMatch=made["ETag"])
    return made["FunctionSummary"]["FunctionMetadata"]["FunctionARN"]


def cache_policy(cloudfront, name):
    parameters = {
        "EnableAcceptEncodingGzip": False,
        "HeadersConfig": {"HeaderBehavior": "whitelist", "Headers": {"Quantity": 1, "Items": ["accept"]}},
        "CookiesConfig": {"CookieBehavior": "none"},
        "QueryStringsConfig": {"QueryStringBehavior": "none"},
    }
    config = {"Name": name, "MinTTL": 0, "ParametersInCacheKeyAndForwardedToOrigin": parameters}
    return cloudfront.create_cache_policy(CachePolicyConfig=config)["CachePolicy"]["Id"]


def test_keep_distributions_as_they_are_sent(aws):
    cloudfront = aws.client("cloudfront")
    items = [{"FunctionARN": "arn:aws:cloudfront::123456789012:function/f", "EventType": "viewer-request"}]
    config = distribution_config(
        {"FunctionAssociations": {"Quantity": 1, "Items": items}, "CachePolicyId": "p"}, {"OriginAccessControlId": "c"}
    )
    made = cloudfront.create_distribution(DistributionConfig=config)["Distribution"]
    kept = cloudfront.get_distribution_config(Id=made["Id"])["DistributionConfig"]
    assert (kept["DefaultCacheBehavior"]["FunctionAssociations"].get("Items") == items) == aws.mended
    assert (kept["Origins"]["Items"][0].get("OriginAccessControlId") == "c") == aws.mended
    assert ("cloudfront::123456789012:" in made["ARN"]) == aws.mended


def test_keep_policies(aws):
    cloudfront = aws.client("cloudfront")
    if not aws.mended:
        assert status(cloudfront.list_cache_policies) != 200
        return
    policy = cache_policy(cloudfront, "kept")
    found = cloudfront.get_cache_policy(Id=policy)
    assert found["CachePolicy"]["CachePolicyConfig"]["Name"] == "kept"
    cloudfront.delete_cache_policy(Id=policy, IfMatch=found["ETag"])
    assert status(cloudfront.get_cache_policy, Id=policy) == 404


def test_keep_functions(aws):
    cloudfront = aws.client("cloudfront")
    if not aws.mended:
        assert status(cloudfront.list_functions) != 200
        return
    function(cloudfront, "kept", b"one")
    changed = cloudfront.describe_function(Name="kept")
    cloudfront.update_function(
        Name="kept", IfMatch=changed["ETag"], FunctionCode=b"two", FunctionConfig={"Comment": "", "Runtime": "cloudfront-js-2.0"}
    )
    code = {stage: cloudfront.get_function(Name="kept", Stage=stage)["FunctionCode"].read() for stage in ("LIVE", "DEVELOPMENT")}
    assert code == {"LIVE": b"one", "DEVELOPMENT": b"two"}
    cloudfront.delete_function(Name="kept", IfMatch=changed["ETag"])
    assert status(cloudfront.describe_function, Name="kept") == 404


def test_judge_events_by_bus(aws):
    bus = "arn:aws:events:eu-central-1:123456789012:event-bus/default"
    events = aws.client("events", aws.user("tells", allow("events:PutEvents", bus)))
    entry = {"Source": "s", "DetailType": "d", "Detail": "{}"}
    aws.enforce(True)
    try:
        assert status(events.put_events, Entries=[entry]) == (200 if aws.mended else 403)
        if aws.mended:
            assert status(events.put_events, Entries=[{**entry, "EventBusName": "other"}]) == 403
    finally:
        aws.enforce(False)


@pytest.fixture
def distribution(simulator):
    """A bucket behind a distribution, whose function returns the requested path."""
    cloudfront, s3 = simulator.client("cloudfront"), simulator.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_object(Bucket=BUCKET, Key="a b.txt", Body=b"hello", ContentType="text/plain")
    code = b"function handler(e) { e.request.uri = e.request.uri.replace('/old', ''); return e.request; }"
    items = [{"FunctionARN": function(cloudfront, "rewrites", code), "EventType": "viewer-request"}]
    control = cloudfront.create_origin_access_control(OriginAccessControlConfig={
        "Name": "edge", "SigningProtocol": "sigv4", "SigningBehavior": "always", "OriginAccessControlOriginType": "s3",
    })["OriginAccessControl"]["Id"]
    behaviour = {
        "CachePolicyId": cache_policy(cloudfront, "edge"),
        "FunctionAssociations": {"Quantity": 1, "Items": items},
        "AllowedMethods": {"Quantity": 2, "Items": ["GET", "HEAD"]},
    }
    config = distribution_config(behaviour, {"OriginAccessControlId": control})
    return cloudfront.create_distribution(DistributionConfig=config)["Distribution"]


def test_a_distribution_answers_what_the_buckets_policy_lets_it(simulator, distribution):
    def ask(path, host=distribution["DomainName"], method="GET"):
        connection = http.client.HTTPConnection("127.0.0.1", int((simulator.state / "edge.port").read_text()))
        connection.request(method, path, headers={"Host": host})
        answer = connection.getresponse()
        return answer.status, answer.read()

    assert ask("/a%20b.txt")[0] == 403
    s3 = simulator.client("s3")
    statement = {
        **allow("s3:GetObject", f"arn:aws:s3:::{BUCKET}/*"),
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Condition": {"StringEquals": {"aws:SourceArn": distribution["ARN"]}},
    }
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    assert ask("/a%20b.txt") == (200, b"hello") and ask("/old/a%20b.txt?x=1") == (200, b"hello")
    assert ask("/none")[0] == 403 and ask("/a%20b.txt", method="POST")[0] == 403
    assert ask("/a%20b.txt", host="other.cloudfront.net")[0] == 403
