"""Show what is deployed and active, what waits, what has failed, and alarms."""

import argparse
import datetime
import json

from . import aws

COUNT = "ApproximateNumberOfMessages"
DAY = datetime.timedelta(days=1)


def active(s3, bucket):
    """Each transform's channels, with what their pointers name."""
    pages = s3.get_paginator("list_objects_v2")
    for page in pages.paginate(Bucket=bucket, Prefix="transforms/", Delimiter="/"):
        for folder in page.get("CommonPrefixes", []):
            # The rest of a transform's folder is everything that was ever published.
            listed = s3.list_objects_v2(Bucket=bucket, Prefix=f"{folder['Prefix']}channels/")
            for one in listed.get("Contents", []):
                pointer = json.load(s3.get_object(Bucket=bucket, Key=one["Key"])["Body"])
                _, transform, _, channel = one["Key"].split("/")
                yield {"transform": transform, "channel": channel.removesuffix(".json"), **pointer}


def sums(cloudwatch, function, now):
    """Invocations and failures of the last day."""
    found = {}
    for metric in ("Invocations", "Errors", "Throttles"):
        points = cloudwatch.get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName=metric,
            Dimensions=[{"Name": "FunctionName", "Value": function}],
            StartTime=now - DAY,
            EndTime=now,
            Period=86400,
            Statistics=["Sum"],
        )["Datapoints"]
        found[metric.lower()] = int(sum(one["Sum"] for one in points))
    return found


def alarms(cloudwatch, name):
    """Those that ring."""
    pages = cloudwatch.get_paginator("describe_alarms")
    for page in pages.paginate(AlarmNamePrefix=f"{name}-", StateValue="ALARM"):
        for one in page["MetricAlarms"]:
            yield {"name": one["AlarmName"], "says": one.get("AlarmDescription", "")}


def look(has):
    """Everything, as data."""
    names = ("lambda", "sqs", "s3", "cloudwatch")
    lambda_, sqs, s3, cloudwatch = (aws.client(one) for one in names)
    now = datetime.datetime.now(datetime.timezone.utc)
    functions = []
    for name in filter(None, (has["transform_function_name"], has["publish_function_name"])):
        described = lambda_.get_function_configuration(FunctionName=name)
        functions.append(
            {
                "name": name,
                "memory_mb": described["MemorySize"],
                "timeout_seconds": described["Timeout"],
                "architecture": described["Architectures"][0],
                "changed": described["LastModified"],
                "last_day": sums(cloudwatch, name, now),
            }
        )
    queues = {}
    for name, output in (("waiting", "events_queue_url"), ("failed", "on_failure_queue_url")):
        if has[output]:
            got = sqs.get_queue_attributes(QueueUrl=has[output], AttributeNames=[COUNT])
            queues[name] = int(got["Attributes"][COUNT])
    buckets = {one: has[f"{one}_bucket_name"] for one in ("source", "destination", "components")}
    return {
        "functions": functions,
        "buckets": buckets,
        "active": list(active(s3, buckets["components"])),
        "queues": queues,
        "alarms": list(alarms(cloudwatch, has["name"])),
    }


def lines(found):
    for one in found["functions"]:
        yield f"function     {one['name']}: {one['memory_mb']} MB, {one['timeout_seconds']} s, {one['architecture']}, changed {one['changed'][:19]}"
        counts = one["last_day"]
        yield f"             last day: {counts['invocations']} invocations, {counts['errors']} failed, {counts['throttles']} throttled"
    for name, bucket in found["buckets"].items():
        yield f"{name:12} s3://{bucket}"
    for one in found["active"]:
        digest = one.get("digest", "?").removeprefix("sha256:")[:12]
        yield f"active       {one['transform']} {one.get('version', '?')} ({digest}) on {one['channel']} since {one.get('activated_at', '?')[:19]}"
    if not found["active"]:
        yield "active       nothing is published yet: pictures fail until something is"
    for name, count in found["queues"].items():
        yield f"{name:12} {count} event{'' if count == 1 else 's'}{': `just redrive --dry-run` says why' if name == 'failed' and count else ''}"
    for one in found["alarms"]:
        yield f"ALARM        {one['name']}: {one['says']}"
    if not found["alarms"]:
        yield "alarms       none"


def main(has, arguments):
    parser = argparse.ArgumentParser(prog="status", description=__doc__)
    parser.add_argument("--json", action="store_true", help="as JSON")
    given = parser.parse_args(arguments)
    found = look(has)
    print(json.dumps(found, indent=1) if given.json else "\n".join(lines(found)))
