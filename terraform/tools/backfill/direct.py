"""From this machine, without S3 Batch Operations: the function is called for each picture."""

import json
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote_plus


class Direct:
    """Calls the function as a job would, so many pictures at a time."""

    def __init__(self, lambda_, function, bucket, concurrency):
        self.lambda_, self.function, self.bucket = lambda_, function, bucket
        self.concurrency = concurrency

    def run(self, chunk):
        """Why those that failed did, by key."""
        with ThreadPoolExecutor(self.concurrency) as pool:
            results = list(pool.map(self.render, chunk))
        named = zip(chunk, results)
        return {key: f"{code}: {said}" for key, (code, said) in named if code != "Succeeded"}

    def render(self, key):
        """How it ended, and what was said; what may succeed on another try gets one."""
        for pause in (0.5, 2, None):
            code, said = self.attempt(key)
            if code != "TemporaryFailure" or pause is None:
                return code, said
            time.sleep(pause)

    def attempt(self, key):
        payload = json.dumps(task(self.bucket, key)).encode()
        answer = self.lambda_.invoke(FunctionName=self.function, Payload=payload)
        said = json.load(answer["Payload"])
        if "FunctionError" in answer:
            return "TemporaryFailure", said.get("errorMessage", "")
        result = said["results"][0]
        return result["resultCode"], result.get("resultString", "")


def task(bucket, key):
    """The event of one task of S3 Batch Operations."""
    one = {"taskId": "0", "s3Bucket": bucket, "s3Key": quote_plus(key), "s3VersionId": None}
    return {
        "invocationSchemaVersion": "2.0",
        "invocationId": str(uuid.uuid4()),
        "job": {"id": "backfill", "userArguments": {}},
        "tasks": [one],
    }
