"""Permissions, once they are enforced."""

import fnmatch
import json
import re
from urllib.parse import unquote
from xml.sax.saxutils import escape

import xmltodict
from moto import settings
from moto.awslambda.responses import LambdaResponse
from moto.core.authorization import ActionAuthenticatorMixin
from moto.iam import access_control
from moto.iam.access_control import PermissionResult, S3IAMRequest
from moto.logs.responses import LogsResponse
from moto.s3.exceptions import S3ClientError
from moto.s3.models import FakeBucket
from moto.s3.responses import ACTION_MAP, S3Response


def enforced():
    return ActionAuthenticatorMixin.request_count >= settings.INITIAL_NO_AUTH_ACTION_COUNT


def skip_signatures():
    """Signatures of chunked and of escaped requests are computed wrongly, so they are not
    checked."""
    access_control.IAMRequestBase.check_signature = lambda self: None


def judge_bucket_policies_by_condition():
    """Conditions are ignored: a policy that denies plain HTTP denies every request.

    Requests count as sent over TLS. Once access is enforced, conditions of deny statements are
    evaluated; allow statements are not needed within one account.
    """
    FakeBucket.get_permission = lambda self, action, resource: PermissionResult.NEUTRAL
    authorize = ActionAuthenticatorMixin._authenticate_and_authorize_s3_action

    def mended(self, bucket_name=None, key_name=None):
        authorize(self, bucket_name=bucket_name, key_name=key_name)
        if not enforced() or bucket_name not in self.backend.buckets:
            return
        request = s3_request(self)
        resource = f"arn:aws:s3:::{bucket_name}" + (f"/{key_name}" if key_name else "")
        context = {"aws:SecureTransport": "true", "aws:PrincipalArn": principal(request)}
        policy = json.loads(self.backend.buckets[bucket_name].policy or b'{"Statement": []}')
        if any(denies(one, request._action, resource, context) for one in policy["Statement"]):
            request._raise_access_denied()

    ActionAuthenticatorMixin._authenticate_and_authorize_s3_action = mended


def hide_missing_keys_without_list():
    """A missing key is always 404; without s3:ListBucket, S3 answers 403."""
    authorize = ActionAuthenticatorMixin._authenticate_and_authorize_s3_action

    def mended(self, bucket_name=None, key_name=None):
        authorize(self, bucket_name=bucket_name, key_name=key_name)
        bucket = self.backend.buckets.get(bucket_name)
        if not enforced() or not key_name or not bucket or self.method not in ("GET", "HEAD"):
            return
        if self.backend.get_object(bucket_name, key_name) is None:
            permit(self, "s3:ListBucket", bucket_name)

    ActionAuthenticatorMixin._authenticate_and_authorize_s3_action = mended


def judge_each_key_of_delete_objects():
    """DeleteObjects is authorised by the bucket's ARN, where S3 checks each object's."""
    delete = S3Response._bucket_response_delete_keys

    def mended(self, bucket_name, authenticated=True):
        if not enforced():
            return delete(self, bucket_name, authenticated)
        request = xmltodict.parse(self.body, force_list=("Object",), strip_whitespace=False)
        objects = request["Delete"]["Object"]
        request["Delete"]["Object"] = [one for one in objects if may_delete(self, bucket_name, one)]
        refused = "".join(
            f"<Error><Key>{escape(one['Key'])}</Key><Code>AccessDenied</Code>"
            "<Message>Access Denied</Message></Error>"
            for one in objects
            if one not in request["Delete"]["Object"]
        )
        if not request["Delete"]["Object"]:
            return 200, {}, f"<DeleteResult>{refused}</DeleteResult>"
        self.body = xmltodict.unparse(request).encode()
        status, headers, body = delete(self, bucket_name, True)
        return status, headers, body.replace("</DeleteResult>", f"{refused}</DeleteResult>")

    S3Response._bucket_response_delete_keys = mended


def judge_tags_and_what_is_copied():
    """Tags need no permissions beyond reading or writing the object, and sources of copies are not
    checked."""
    ACTION_MAP["KEY"]["DELETE"]["tagging"] = "DeleteObjectTagging"
    authorize = ActionAuthenticatorMixin._authenticate_and_authorize_s3_action

    def mended(self, bucket_name=None, key_name=None):
        authorize(self, bucket_name=bucket_name, key_name=key_name)
        if not enforced() or not key_name or self.method != "PUT":
            return
        if copied := self.headers.get("x-amz-copy-source"):
            permit(self, "s3:GetObject", unquote(copied).lstrip("/"))
        if self.headers.get("x-amz-tagging"):
            permit(self, "s3:PutObjectTagging", f"{bucket_name}/{key_name}")

    head = S3Response.head_object

    def mended_head(self, bucket_name, query, key_name, headers):
        status, said, body = head(self, bucket_name, query, key_name, headers)
        if enforced() and "x-amz-tagging-count" in said:
            try:
                permit(self, "s3:GetObjectTagging", f"{bucket_name}/{key_name}")
            except S3ClientError:
                del said["x-amz-tagging-count"]
        return status, said, body

    ActionAuthenticatorMixin._authenticate_and_authorize_s3_action = mended
    S3Response.head_object = mended_head


def judge_functions_and_logs_by_name():
    """Calls of Lambda and CloudWatch Logs are authorised for all resources: permission for a single
    one is not enough."""

    def function(self):
        found = re.search(r"/functions/([^/]+)/invocations", unquote(self.parsed_url.path))
        if not found:
            return "*"
        name = found.group(1)
        prefix = f"arn:aws:lambda:{self.region}:{self.current_account}:function:"
        return name if name.startswith("arn:") else prefix + name

    def stream(self):
        names = self._get_param("logGroupName"), self._get_param("logStreamName")
        if None in names:
            return "*"
        prefix = f"arn:aws:logs:{self.region}:{self.current_account}"
        return f"{prefix}:log-group:{names[0]}:log-stream:{names[1]}"

    check = access_control.IAMRequest.check_action_permitted

    def mended(self, resource):
        # The only action whose name is not its operation's.
        self._action = self._action.replace("lambda:Invoke", "lambda:InvokeFunction")
        check(self, resource)

    access_control.IAMRequest.check_action_permitted = mended
    LambdaResponse._determine_resource = function
    LogsResponse._determine_resource = stream


def may_delete(response, bucket_name, one):
    response.data["Action"] = "DeleteObjectVersion" if one.get("VersionId") else "DeleteObject"
    try:
        response._authenticate_and_authorize_s3_action(bucket_name=bucket_name, key_name=one["Key"])
    except S3ClientError:
        return False
    return True


def permit(response, action, path):
    """Refuse it unless the role also has this permission."""
    request = s3_request(response)
    request._action = action
    request.check_action_permitted(f"arn:aws:s3:::{path}")


def s3_request(response):
    return S3IAMRequest(
        account_id=response.current_account,
        method=response.method,
        path="/",
        data=response.data,
        body=b"",
        headers=response.headers,
        action=response._get_action(),
    )


def principal(request):
    """The value of aws:PrincipalArn: the role, not its session."""
    key = request._access_key
    role = getattr(key, "_owner_role_name", None)
    return f"arn:aws:iam::{request.account_id}:role/{role}" if role else key.arn


def denies(statement, action, resource, context):
    if statement["Effect"] != "Deny" or statement.get("Principal") != "*":
        return False
    named = several(statement.get("Action", statement.get("NotAction")))
    return (
        any(fnmatch.fnmatchcase(action, one) for one in named) == ("Action" in statement)
        and any(fnmatch.fnmatchcase(resource, one) for one in several(statement["Resource"]))
        and all(
            holds(operator, context.get(key), several(values))
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def holds(operator, value, wanted):
    if operator == "Bool":
        return value in wanted
    if operator == "ArnNotEquals":
        return not any(fnmatch.fnmatchcase(value, one) for one in wanted)
    # Better to stop than to guess what a policy means.
    raise NotImplementedError(f"condition operator {operator}")


def several(value):
    return value if isinstance(value, list) else [value]
