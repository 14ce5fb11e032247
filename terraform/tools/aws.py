"""Clients for AWS, which sign in as the environment says."""

import os

import boto3
from botocore.config import Config


def client(service, **options):
    """A client that is patient with throttling."""
    # Terraform and AWS's own command line know this variable; boto3 knows only AWS_DEFAULT_REGION.
    region = os.environ.get("AWS_REGION") or None
    made = boto3.client(
        service, region_name=region, config=Config(retries={"mode": "adaptive"}, **options)
    )
    if service == "s3control" and "AWS_ENDPOINT_URL" in os.environ:
        # S3 Control has a host per account; an endpoint of one's own has one for all.
        made.meta.events.register("before-sign.s3-control", without_account_host)
    return made


def without_account_host(request, **_):
    scheme, _, rest = request.url.partition("://")
    account, _, host = rest.partition(".")
    if account.isdigit():
        request.url = f"{scheme}://{host}"
