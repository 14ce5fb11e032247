"""What Lambda counts of a function's invocations: AWS/Lambda in CloudWatch.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

from moto.cloudwatch.models import cloudwatch_backends
from moto.core.utils import utcnow


def count(function, seconds, failed):
    """An invocation that took so long."""
    _, _, _, region, account, *_ = function.function_arn.split(":")
    values = {"Invocations": 1, "Errors": int(failed), "Duration": seconds * 1000}
    point = {
        "Dimensions": [{"Name": "FunctionName", "Value": function.function_name}],
        "Timestamp": utcnow(),
    }
    cloudwatch_backends[account][region].put_metric_data(
        "AWS/Lambda",
        [{**point, "MetricName": name, "Value": value} for name, value in values.items()],
    )
