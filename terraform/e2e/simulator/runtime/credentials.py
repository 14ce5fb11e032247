"""What a function signs its requests with."""

import boto3
from moto.sts.models import sts_backends


def of_role(function):
    """Credentials of the function's role, as environment variables."""
    backend = sts_backends[function.account_id]["aws"]
    role = backend.assume_role(
        region_name=function.region,
        role_session_name=function.function_name,
        role_arn=function.role,
        policy=None,
        duration=3600,
        external_id=None,
    )
    return {
        "AWS_ACCESS_KEY_ID": role.access_key_id,
        "AWS_SECRET_ACCESS_KEY": role.secret_access_key,
        "AWS_SESSION_TOKEN": role.session_token,
    }


def client(service, function, endpoint):
    """A client that may do what the function's role may."""
    variables = of_role(function)
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=function.region,
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=variables["AWS_SESSION_TOKEN"],
    )
