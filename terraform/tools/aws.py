"""AWS clients with credentials from the environment."""

import os

import boto3
from botocore.config import Config


def client(service):
    """A client with many retries, for throttling."""
    # Terraform and AWS's own command line know this variable; boto3 knows only AWS_DEFAULT_REGION.
    region = os.environ.get("AWS_REGION") or None
    return boto3.client(service, region_name=region, config=Config(retries={"mode": "adaptive"}))
