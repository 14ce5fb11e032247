"""S3 Batch Operations, as far as jobs that invoke a function go.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-invoke-lambda.html
Everything is done with the job's own role: reading the manifest, invoking, writing the report.
"""

import csv
import hashlib
import io
import itertools
import json
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

from moto.iam.models import iam_backends

from . import credentials

PRINCIPAL = "batchoperations.s3.amazonaws.com"
AT_A_TIME = 4
# A task that may succeed on another try gets it.
TRIES = 3


class Job:
    def __init__(self, account, region, endpoint, request):
        self.account, self.region, self.endpoint = account, region, endpoint
        self.request, self.id = request, str(uuid.uuid4())
        self.status, self.reason, self.total = "New", None, 0
        self.cancelled = False
        self.results = []
        self.created = datetime.now(timezone.utc)

    def describe(self):
        failed = sum(code != "Succeeded" for _, code, _ in self.results)
        described = {
            "JobId": self.id,
            "Status": self.status,
            "Priority": self.request["Priority"],
            "CreationTime": self.created,
            "ProgressSummary": {
                "TotalNumberOfTasks": self.total,
                "NumberOfTasksSucceeded": len(self.results) - failed,
                "NumberOfTasksFailed": failed,
            },
        }
        if self.reason:
            reason = {"FailureCode": "JobFailed", "FailureReason": self.reason}
            described["FailureReasons"] = [reason]
        return described

    def client(self, service):
        role = self.request["RoleArn"]
        found = iam_backends[self.account]["aws"].get_role_by_arn(role)
        if PRINCIPAL not in str(found.assume_role_policy_document):
            raise PermissionError(f"{PRINCIPAL} may not assume {role}")
        signed = credentials.assume(self.account, self.region, role, "s3-batch-operations")
        return credentials.sign(service, signed, self.region, self.endpoint)

    def run(self):
        try:
            self.status = "Preparing"
            tasks = list(self.tasks())
            self.total, self.status = len(tasks), "Active"
            lambda_ = self.client("lambda")
            with ThreadPoolExecutor(AT_A_TIME) as pool:
                for number in itertools.count(step=AT_A_TIME):
                    some = tasks[number : number + AT_A_TIME]
                    if self.cancelled or not some:
                        break
                    self.results += pool.map(lambda task: self.invoke(lambda_, *task), some)
            self.report()
            self.status = "Cancelled" if self.cancelled else "Complete"
        except Exception as problem:  # noqa: BLE001: a job says why it failed
            self.reason, self.status = str(problem), "Failed"

    def tasks(self):
        """Bucket and key of each, as the manifest has them."""
        location = self.request["Manifest"]["Location"]
        fields = self.request["Manifest"]["Spec"]["Fields"]
        bucket, _, key = location["ObjectArn"].rpartition(":")[2].partition("/")
        found = self.client("s3").get_object(Bucket=bucket, Key=key)
        if found["ETag"].strip('"') != location["ETag"].strip('"'):
            raise ValueError("the manifest's ETag is another")
        for row in csv.reader(io.StringIO(found["Body"].read().decode())):
            task = dict(zip(fields, row))
            yield task["Bucket"], task["Key"]

    def invoke(self, lambda_, bucket, key):
        """What it was, how it ended, and what was said."""
        operation = self.request["Operation"]["LambdaInvoke"]
        task = {"taskId": str(uuid.uuid4()), "s3Key": key, "s3VersionId": None}
        version = operation.get("InvocationSchemaVersion", "1.0")
        if version == "1.0":
            task["s3BucketArn"] = f"arn:aws:s3:::{bucket}"
        else:
            task["s3Bucket"] = bucket
        event = {
            "invocationSchemaVersion": version,
            "invocationId": str(uuid.uuid4()),
            "job": {"id": self.id, "userArguments": operation.get("UserArguments") or {}},
            "tasks": [task],
        }
        for _ in range(TRIES):
            answer = lambda_.invoke(
                FunctionName=operation["FunctionArn"], Payload=json.dumps(event).encode()
            )
            said = json.load(answer["Payload"])
            if "FunctionError" in answer:
                code, text = "TemporaryFailure", f"Lambda returned function error: {said}"
            else:
                [result] = said["results"]
                code, text = result["resultCode"], result.get("resultString", "")
            if code != "TemporaryFailure":
                break
        return (bucket, key), code, text

    def report(self):
        """A file of those that failed and one of those that did not, and one that names both."""
        wanted = self.request["Report"]
        if not wanted["Enabled"] or not self.results:
            return
        s3 = self.client("s3")
        bucket = wanted["Bucket"].rpartition(":")[2]
        folder = f"{wanted['Prefix']}/job-{self.id}"
        found = {"succeeded": [], "failed": []}
        for task, code, text in self.results:
            status = "succeeded" if code == "Succeeded" else "failed"
            found[status].append([*task, "", status, "200", code, text])
        if wanted["ReportScope"] == "FailedTasksOnly":
            found["succeeded"] = []
        results = []
        for status, rows in found.items():
            if not rows:
                continue
            text = io.StringIO()
            csv.writer(text).writerows(rows)
            body = text.getvalue().encode()
            path = f"{folder}/results/{hashlib.sha1(body).hexdigest()}.csv"
            s3.put_object(Bucket=bucket, Key=path, Body=body)
            results.append(
                {
                    "TaskExecutionStatus": status,
                    "Bucket": bucket,
                    "MD5Checksum": hashlib.md5(body).hexdigest(),
                    "Key": path,
                }
            )
        described = {
            "Format": "Report_CSV_20180820",
            "ReportCreationDate": datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
            "Results": results,
            "ReportSchema": "Bucket, Key, VersionId, TaskStatus, ErrorCode, HTTPStatusCode, ResultMessage",
        }
        s3.put_object(Bucket=bucket, Key=f"{folder}/manifest.json", Body=json.dumps(described).encode())


class Jobs:
    """The jobs of every account, while the simulator runs."""

    def __init__(self, endpoint):
        self.endpoint, self.jobs, self.tokens = endpoint, {}, {}
        self.lock = threading.Lock()

    def create(self, account, region, request):
        with self.lock:
            known = self.tokens.get(request["ClientRequestToken"])
            if known:
                return known
            job = Job(account, region, self.endpoint, request)
            self.jobs[job.id] = job
            self.tokens[request["ClientRequestToken"]] = job.id
        threading.Thread(target=job.run, daemon=True).start()
        return job.id

    def describe(self, job):
        return self.jobs[job].describe()

    def cancel(self, job):
        self.jobs[job].cancelled = True
        return "Cancelling"
