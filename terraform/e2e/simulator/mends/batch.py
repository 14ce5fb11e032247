"""S3 Batch Operations."""

import re

from moto.core.responses import ActionResult
from moto.s3control import urls
from moto.s3control.responses import S3ControlResponse

from ..runtime import service

OPERATION = ("ClientRequestToken", "Manifest", "Operation", "Priority", "Report", "RoleArn")


def named_as_by_s3(*given):
    """The response, in an element named after the result as in S3; boto accepts any name,
    other clients do not."""
    status, headers, body = S3ControlResponse.dispatch(*given)
    text = body.decode() if isinstance(body, bytes) else body
    return status, headers, re.sub(r"<(/?\w+)Response\b", r"<\1Result", text)


def run_jobs():
    """Jobs are not implemented."""

    def create_job(self):
        request = {name: self._get_param(name) for name in OPERATION}
        job = service.running.jobs.create(self.current_account, self.region, request)
        return ActionResult({"JobId": job})

    def describe_job(self):
        return ActionResult({"Job": service.running.jobs.describe(self._get_param("JobId"))})

    def update_job_status(self):
        job = self._get_param("JobId")
        return ActionResult({"JobId": job, "Status": service.running.jobs.cancel(job)})

    for method in (create_job, describe_job, update_job_status):
        setattr(S3ControlResponse, method.__name__, method)
    for path in ("", "/<job_id>", "/<job_id>/status"):
        urls.url_paths[f"/v20180820/jobs{path}"] = named_as_by_s3
