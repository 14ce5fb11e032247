"""S3 Batch Operations: it hands the pictures of a manifest to the function, without this machine.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-invoke-lambda.html
"""

import csv
import io
import json
import time
import uuid
from urllib.parse import quote, unquote

FOLDER = "backfill/"
ENDED = {"Complete", "Failed", "Cancelled"}
POLL_SECONDS = 5


class Unfinished(Exception):
    """The job ended before its last picture."""


class Jobs:
    """Makes a job of a chunk, waits for it, and reads its report.

    Manifests and reports are in the components bucket, under backfill/.
    """

    def __init__(self, s3, s3control, has, say):
        self.s3, self.s3control, self.say = s3, s3control, say
        self.role = has["backfill_role_arn"]
        self.account = self.role.split(":")[4]
        self.function = has["transform_function_arn"]
        self.source, self.place = has["source_bucket_name"], has["components_bucket_name"]

    def prepare(self, chunk):
        """Store the manifest; what is to be kept before the job is made."""
        token = str(uuid.uuid4())
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        # Keys of a manifest are URL-encoded.
        rows.writerows((self.source, quote(key, safe="/")) for key in chunk)
        key = f"{FOLDER}{token}/manifest.csv"
        put = self.s3.put_object(Bucket=self.place, Key=key, Body=text.getvalue().encode())
        return {"token": token, "manifest": key, "etag": put["ETag"].strip('"')}

    def start(self, prepared):
        """The job's id. Made twice with one token, it is one job."""
        arn = f"arn:{self.role.split(':')[1]}:s3:::{self.place}"
        made = self.s3control.create_job(
            AccountId=self.account,
            ClientRequestToken=prepared["token"],
            ConfirmationRequired=False,
            Description="Obscura: pictures that were there before",
            Priority=10,
            RoleArn=self.role,
            Operation={
                "LambdaInvoke": {"FunctionArn": self.function, "InvocationSchemaVersion": "2.0"}
            },
            Manifest={
                "Spec": {"Format": "S3BatchOperations_CSV_20180820", "Fields": ["Bucket", "Key"]},
                "Location": {
                    "ObjectArn": f"{arn}/{prepared['manifest']}",
                    "ETag": prepared["etag"],
                },
            },
            Report={
                "Enabled": True,
                "Bucket": arn,
                "Prefix": f"{FOLDER}{prepared['token']}",
                "Format": "Report_CSV_20180820",
                "ReportScope": "FailedTasksOnly",
            },
        )
        return made["JobId"]

    def wait(self, job, count, before):
        """Show how far it is until it ends; how it ended."""
        last = None
        while True:
            described = self.s3control.describe_job(AccountId=self.account, JobId=job)["Job"]
            summary = described.get("ProgressSummary", {})
            failed = summary.get("NumberOfTasksFailed", 0)
            done = summary.get("NumberOfTasksSucceeded", 0) + failed
            if (described["Status"], done) != last:
                self.say(
                    f"job {job}: {described['Status'].lower()}, "
                    f"{done} of {count} ({before + done} in all), {failed} failed"
                )
                last = described["Status"], done
            if described["Status"] in ENDED:
                return described
            time.sleep(POLL_SECONDS)

    def failed(self, prepared, job):
        """Why those that failed did, by key, as the job's report says."""
        path = f"{FOLDER}{prepared['token']}/job-{job}/manifest.json"
        report = json.load(self.s3.get_object(Bucket=self.place, Key=path)["Body"])
        columns = [one.strip() for one in report["ReportSchema"].split(",")]
        found = {}
        for file in report["Results"]:
            body = self.s3.get_object(Bucket=self.place, Key=file["Key"])["Body"].read().decode()
            for row in csv.reader(io.StringIO(body)):
                task = dict(zip(columns, row))
                if task["TaskStatus"] != "succeeded":
                    found[unquote(task["Key"])] = task["ResultMessage"]
        return found

    def finish(self, prepared, job, count, before):
        """Wait for a job; why those that failed did, by key.

        # Raises
        `Unfinished`, if some of its pictures were not tried.
        """
        ended = self.wait(job, count, before)
        if ended["Status"] != "Complete":
            reasons = "; ".join(one["FailureReason"] for one in ended.get("FailureReasons", []))
            raise Unfinished(f"job {job} was {ended['Status'].lower()}: {reasons or 'on request'}")
        summary = ended["ProgressSummary"]
        return self.failed(prepared, job) if summary.get("NumberOfTasksFailed") else {}

    def cancel(self, job):
        self.s3control.update_job_status(
            AccountId=self.account, JobId=job, RequestedJobStatus="Cancelled"
        )
