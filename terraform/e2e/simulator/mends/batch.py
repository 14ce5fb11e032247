"""S3 Batch Operations."""

from moto.core.responses import ActionResult
from moto.s3control import urls
from moto.s3control.responses import S3ControlResponse

from ..runtime import service

OPERATION = ("ClientRequestToken", "Manifest", "Operation", "Priority", "Report", "RoleArn")


def run_jobs():
    """There are no jobs at all."""

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
        urls.url_paths[f"/v20180820/jobs{path}"] = S3ControlResponse.dispatch
