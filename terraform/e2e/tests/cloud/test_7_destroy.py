"""Everything is removed."""

import time

from cloud.stage import report
from tools import empty


def test_destroy_leaves_nothing(cloud, signed_in):
    started = time.monotonic()
    cloud.simulator.enforce(True)
    empty.created(cloud.outputs)
    cloud.simulator.enforce(False)
    cloud.deployment.destroy()
    report(cloud, f"destroyed in {time.monotonic() - started:.0f} s")
    assert left(cloud.simulator) == []


def left(simulator):
    """The remaining resources of the module."""
    lists = [
        ("s3", "list_buckets", "Buckets", "Name"),
        ("lambda", "list_functions", "Functions", "FunctionName"),
        ("lambda", "list_event_source_mappings", "EventSourceMappings", "UUID"),
        ("iam", "list_roles", "Roles", "RoleName"),
        ("logs", "describe_log_groups", "logGroups", "logGroupName"),
        ("sqs", "list_queues", "QueueUrls", None),
        ("events", "list_rules", "Rules", "Name"),
        ("sns", "list_topics", "Topics", "TopicArn"),
        ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
        ("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
    ]
    edges = [
        ("list_distributions", "DistributionList", "Id"),
        ("list_origin_access_controls", "OriginAccessControlList", "Id"),
        ("list_functions", "FunctionList", "Name"),
        ("list_cache_policies", "CachePolicyList", "Type"),
        ("list_response_headers_policies", "ResponseHeadersPolicyList", "Type"),
    ]
    cloudfront = simulator.client("cloudfront")
    found = [
        f"cloudfront: {member} {one[name]}"
        for call, member, name in edges
        for one in getattr(cloudfront, call)()[member].get("Items") or []
    ]
    for service, call, member, name in lists:
        for one in getattr(simulator.client(service), call)().get(member, []):
            found.append(f"{service}: {one[name] if name else one}")
    return found
