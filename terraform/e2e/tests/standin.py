"""A test function for the simulator: it does what its event says."""

import io
import sys
import zipfile

PROGRAM = '''#!{python}
import json, os, sys, time, urllib.request
from urllib.parse import unquote_plus
api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime"
if os.environ.get("START") == "never":
    sys.exit(3)

def post(path, value):
    body = json.dumps(value).encode()
    urllib.request.urlopen(urllib.request.Request(api + path, data=body), timeout=5).close()

def work(event):
    if event.get("do") == "exit":
        sys.exit(7)
    if event.get("do") == "sleep":
        time.sleep(event["seconds"])
    if event.get("do") == "fail":
        raise ValueError("as asked")
    if event.get("do") == "put":
        import boto3
        boto3.client("s3").put_object(Bucket=event["bucket"], Key=event["key"], Body=b"x")
    if "tasks" in event:
        task = event["tasks"][0]
        third = int(unquote_plus(task["s3Key"]).split("/")[1][:4]) % 3 == 0
        code = "PermanentFailure" if third else "Succeeded"
        said = "every third" if third else ""
        return {{"results": [{{"taskId": task["taskId"], "resultCode": code, "resultString": said}}]}}
    records = event.get("Records", [])
    if records and records[0]["eventSource"] == "aws:sqs":
        bad = [one["messageId"] for one in records if "bad" in one["body"]]
        return {{"batchItemFailures": [{{"itemIdentifier": one}} for one in bad]}}
    if records and "fail" in records[0]["s3"]["object"]["key"]:
        raise ValueError("as asked")
    return {{"pid": os.getpid(), "event": event, "name": os.environ["AWS_LAMBDA_FUNCTION_NAME"]}}

while True:
    with urllib.request.urlopen(api + "/invocation/next") as answer:
        event, headers = json.load(answer), answer.headers
    print(json.dumps({{"event": event, "pid": os.getpid()}}), flush=True)
    at = "/invocation/" + headers["Lambda-Runtime-Aws-Request-Id"]
    try:
        left = int(headers["Lambda-Runtime-Deadline-Ms"]) / 1000 - time.time()
        assert 0 < left < 900, left
        post(at + "/response", work(event))
    except Exception as error:
        post(at + "/error", {{"errorType": type(error).__name__, "errorMessage": str(error)}})
'''


def package():
    """Its zip."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        archive.writestr(entry, PROGRAM.format(python=sys.executable))
    return file.getvalue()


def create(simulator, name, statements=(), environment=None, timeout=30):
    """Deploy it with its own role; returns its ARN."""
    from harness import as_json

    iam = simulator.client("iam")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    if statements:
        document = as_json({"Version": "2012-10-17", "Statement": list(statements)})
        iam.put_role_policy(RoleName=name, PolicyName="given", PolicyDocument=document)
    return simulator.client("lambda").create_function(
        FunctionName=name,
        Role=role,
        Runtime="provided.al2023",
        Handler="bootstrap",
        Timeout=timeout,
        Code={"ZipFile": package()},
        Environment={"Variables": environment or {}},
        LoggingConfig={"LogFormat": "JSON", "LogGroup": "/aws/lambda/other"},
    )["FunctionArn"]
