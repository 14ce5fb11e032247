"""List a bucket's event notifications, which setting new ones would replace.

    python3 -m tools.notifications BUCKET

Exit status: 0 if there are none, 1 if there are some.
"""

import sys

KINDS = {
    "TopicConfigurations": ("topic", "TopicArn"),
    "QueueConfigurations": ("queue", "QueueArn"),
    "LambdaFunctionConfigurations": ("function", "LambdaFunctionArn"),
}


def told(s3, bucket):
    """A line for each notification."""
    found = s3.get_bucket_notification_configuration(Bucket=bucket)
    lines = [
        f"{kind} {one[arn]}: {', '.join(one['Events'])}"
        for name, (kind, arn) in KINDS.items()
        for one in found.get(name, [])
    ]
    return lines + (["EventBridge: everything"] if "EventBridgeConfiguration" in found else [])


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    from . import operate

    operate.with_boto("tools.notifications")
    from . import aws

    lines = told(aws.client("s3"), sys.argv[1])
    print("\n".join(lines) or f"s3://{sys.argv[1]} tells nobody: its notifications can be set")
    sys.exit(1 if lines else 0)


if __name__ == "__main__":
    main()
