"""What functions and services sign their requests with: the role that they were given."""

import boto3
from moto.sts.models import sts_backends


def assume(account, region, role, session):
    """Credentials of a role, as environment variables."""
    assumed = sts_backends[account]["aws"].assume_role(
        region_name=region,
        role_session_name=session,
        role_arn=role,
        policy=None,
        duration=3600,
        external_id=None,
    )
    return {
        "AWS_ACCESS_KEY_ID": assumed.access_key_id,
        "AWS_SECRET_ACCESS_KEY": assumed.secret_access_key,
        "AWS_SESSION_TOKEN": assumed.session_token,
    }


def of_role(function):
    """Credentials of the function's role, as environment variables."""
    return assume(function.account_id, function.region, function.role, function.function_name)


def sign(service, variables, region, endpoint):
    """A client that signs with these."""
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=variables["AWS_SESSION_TOKEN"],
    )


def client(service, function, endpoint):
    """A client that may do what the function's role may."""
    return sign(service, of_role(function), function.region, endpoint)
