"""A common Lambda setup: Python, boto3 and Pillow. It makes the same four renditions."""

import io
import json
import os
from http.client import HTTPConnection
from urllib.parse import unquote_plus

import boto3
from pillow import FOUR, rendition

api = os.environ["AWS_LAMBDA_RUNTIME_API"]
s3 = boto3.client("s3")


def handle(event):
    for record in event["Records"]:
        source = record["s3"]["bucket"]["name"]
        key = unquote_plus(record["s3"]["object"]["key"])
        body = s3.get_object(Bucket=source, Key=key)["Body"].read()
        target = os.environ["OBSCURA_DESTINATION_BUCKET"]
        names = []
        for each in FOUR:
            name, data = rendition(body, *each)
            kind = "image/webp" if name.endswith("webp") else "image/jpeg"
            s3.put_object(Bucket=target, Key=f"{key}/{name}", Body=data, ContentType=kind)
            names.append(name)
        s3.put_object(Bucket=target, Key=f"{key}/manifest.json", Body=json.dumps(names).encode())


connection = HTTPConnection(api)
while True:
    connection.request("GET", "/2018-06-01/runtime/invocation/next")
    response = connection.getresponse()
    event = json.load(response)
    request = response.headers["Lambda-Runtime-Aws-Request-Id"]
    handle(event)
    connection.request("POST", f"/2018-06-01/runtime/invocation/{request}/response", b"null")
    connection.getresponse().read()
