"""Distributions of CloudFront, answered by a server of their own: the port is in `edge.port`.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/high_availability_origin_failover.html
Nothing is cached: what is shown is who is asked, with what, and who may answer.
"""

import base64
import json
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

from moto.cloudfront.models import cloudfront_backends
from moto.core import DEFAULT_ACCOUNT_ID as ACCOUNT
from moto.s3.models import s3_backends

from . import service

PRINCIPAL = "cloudfront.amazonaws.com"
RUN = "const e=JSON.parse(require('fs').readFileSync(0));const h=(0,eval)(e.code+';handler');console.log(JSON.stringify(h(e.event)))"


def start(state):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Edge)
    (state / "edge.port").write_text(str(server.server_port))
    threading.Thread(target=server.serve_forever, daemon=True).start()


class Edge(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        try:
            status, headers, body = answer(self.command, self.path, self.headers)
        except Exception as problem:  # noqa: BLE001: whoever asks is told
            service.running.note(f"edge: {self.path}: {type(problem).__name__}: {problem}")
            status, headers, body = 502, {}, str(problem).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_POST = do_PUT = do_DELETE = do_GET


def answer(method, target, given):
    """What a distribution answers: status, headers, body."""
    found = [one for one in cloudfront_backends[ACCOUNT]["aws"].distributions.values() if one.domain_name == given["Host"]]
    if not found:
        return 403, {}, b"no such distribution"
    [distribution] = found
    config = vars(distribution.distribution_config)
    behaviour = config["DefaultCacheBehavior"]
    if method not in items(behaviour["AllowedMethods"]):
        return 403, {}, b"the distribution is not configured to allow this method"
    path, _, query = target.partition("?")
    request = {
        "method": method,
        "uri": path,
        "querystring": {name: {"value": value} for name, _, value in (one.partition("=") for one in query.split("&") if one)},
        "headers": {name.lower(): {"value": value} for name, value in given.items()},
        "cookies": {},
    }
    for association in items(behaviour.get("FunctionAssociations")):
        if association["EventType"] == "viewer-request":
            request = at_the_edge(association["FunctionARN"], request)
    if "statusCode" in request:
        headers = {name: one["value"] for name, one in request["headers"].items()}
        status, body = request["statusCode"], request["body"]["data"].encode()
    else:
        forwarded = sent(behaviour["CachePolicyId"], request)
        status, headers, body = from_origins(distribution, config, request["uri"], method, forwarded)
    return status, {**headers, **added(behaviour.get("ResponseHeadersPolicyId"), headers)}, body


def items(group):
    return (group or {}).get("Items") or []


def at_the_edge(arn, request):
    """A CloudFront Function, in Node."""
    from ..mends.edge import FUNCTIONS

    code = FUNCTIONS[arn.rpartition("/")[2]]["code"]["LIVE"].decode()
    event = {"version": "1.0", "context": {"eventType": "viewer-request"}, "request": request}
    done = subprocess.run(["node", "-e", RUN], input=json.dumps({"code": code, "event": event}), capture_output=True, text=True, timeout=20, check=True)
    return json.loads(done.stdout)


def sent(policy, request):
    """The headers that reach an origin: those in the cache's key."""
    from ..mends.edge import CACHE

    parameters = CACHE.kept[policy]["config"]["ParametersInCacheKeyAndForwardedToOrigin"]
    names = items(parameters["HeadersConfig"].get("Headers"))
    return {name.lower(): request["headers"][name.lower()]["value"] for name in names if name.lower() in request["headers"]}


def added(policy, headers):
    """What a response headers policy adds."""
    from ..mends.edge import HEADERS

    if not policy:
        return {}
    config = HEADERS.kept[policy]["config"]
    security, more = config.get("SecurityHeadersConfig") or {}, {}
    if "ContentTypeOptions" in security:
        more["x-content-type-options"] = "nosniff"
    if "ContentSecurityPolicy" in security:
        more["content-security-policy"] = security["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    names = {name.lower() for name in headers}
    for one in items(config.get("CustomHeadersConfig")):
        if one["Override"] or one["Header"].lower() not in names:
            more[one["Header"].lower()] = one["Value"]
    return more


def from_origins(distribution, config, uri, method, headers):
    """One origin, or the second of a group where the first answers with a status of its criteria."""
    target = config["DefaultCacheBehavior"]["TargetOriginId"]
    origins = {one["Id"]: one for one in items(config["Origins"])}
    group = next((one for one in items(config.get("OriginGroups")) if one["Id"] == target), None)
    if not group:
        return from_origin(distribution, origins[target], uri, method, headers)
    first, second = (origins[one["OriginId"]] for one in items(group["Members"]))
    answered = from_origin(distribution, first, uri, method, headers)
    if answered[0] in items(group["FailoverCriteria"]["StatusCodes"]):
        answered = from_origin(distribution, second, uri, method, headers)
    return answered


def from_origin(distribution, origin, uri, method, headers):
    if not origin.get("OriginAccessControlId"):
        return 403, {}, b"the request is not signed"
    ask = of_function if "CustomOriginConfig" in origin else of_bucket
    return ask(distribution.arn, origin["DomainName"], uri, method, headers)


def of_bucket(arn, domain, uri, _method, _headers):
    """S3, for a service that may read and not list: what is missing looks forbidden."""
    name, key = domain.partition(".s3.")[0], unquote(uri[1:])
    backend = s3_backends[ACCOUNT]["aws"]
    bucket = backend.get_bucket(name)
    policy = json.loads(bucket.policy or b'{"Statement": []}')
    found = backend.get_object(name, key)
    if found is None or not any(allows(one, arn, f"arn:aws:s3:::{name}/{key}") for one in policy["Statement"]):
        return 403, {}, b"AccessDenied"
    headers = {"ETag": found.etag, "Content-Type": found.metadata.get("content-type", "binary/octet-stream")}
    if "cache-control" in found.metadata:
        headers["Cache-Control"] = found.metadata["cache-control"]
    return 200, headers, found.value


def allows(statement, arn, resource):
    import fnmatch

    return (
        statement["Effect"] == "Allow"
        and statement["Principal"] == {"Service": PRINCIPAL}
        and statement["Action"] == "s3:GetObject"
        and fnmatch.fnmatchcase(resource, statement["Resource"])
        and statement.get("Condition") == {"StringEquals": {"aws:SourceArn": arn}}
    )


def of_function(arn, domain, uri, method, headers):
    """A function's address: whoever signs needs both permissions."""
    from moto.awslambda.models import lambda_backends

    functions = [
        one
        for backend in lambda_backends[ACCOUNT].values()
        for one in backend.list_functions()
        if one.url_config and one.url_config.url.partition("://")[2].strip("/") == domain
    ]
    if not functions:
        return 403, {}, b"no such address"
    [function] = functions
    signed = function.url_config.config.get("AuthType") == "AWS_IAM"
    needed = ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction")
    if signed and not all(service.may_invoke(function, PRINCIPAL, arn, action) for action in needed):
        return 403, {}, b"Forbidden"
    moment = int(time.time() * 1000)
    event = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": uri,
        "rawQueryString": "",
        "headers": {**headers, "host": domain},
        "requestContext": {
            "accountId": ACCOUNT,
            "domainName": domain,
            "http": {"method": method, "path": uri, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "Amazon CloudFront"},
            "requestId": str(moment),
            "stage": "$default",
            "timeEpoch": moment,
        },
        "isBase64Encoded": False,
    }
    answered = service.invoke(function, json.dumps(event).encode())
    if answered.failed:
        return 502, {}, answered.payload
    said = json.loads(answered.payload)
    body = said.get("body") or ""
    body = base64.b64decode(body) if said.get("isBase64Encoded") else body.encode()
    return said["statusCode"], said.get("headers", {}), body
