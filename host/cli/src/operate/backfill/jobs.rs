//! S3 Batch Operations invokes the function for the pictures of a manifest, independently of this
//! machine.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-invoke-lambda.html>

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context as _;
use aws_sdk_s3control::Client;
use aws_sdk_s3control::types::{
    JobDescriptor, JobManifest, JobManifestFieldName, JobManifestFormat, JobManifestLocation,
    JobManifestSpec, JobOperation, JobReport, JobReportFormat, JobReportScope, JobStatus,
    LambdaInvokeOperation, RequestedJobStatus,
};
use bytes::Bytes;
use obscura::store::{Condition, Put, Store, Written};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::Deserialize;

use super::csv;
use super::keys::{Found, read};
use super::progress::Running;
use crate::aws::AwsError;
use crate::deployment::Outputs;
use crate::style;

/// The prefix of manifests and reports in the components bucket.
const FOLDER: &str = "backfill/";
/// The wait before the second poll of a job; each further wait is longer by half.
const FIRST_POLL: Duration = Duration::from_millis(250);
/// The longest wait.
const LAST_POLL: Duration = Duration::from_secs(5);
/// A job that was created before this run.
const PRIORITY: i32 = 10;
/// The characters that a manifest's keys do not escape.
const ENCODED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');

/// The job ended before its last picture.
#[derive(Debug, thiserror::Error)]
#[error(
    "job {job} was {status}: {why}; run it again to go on: what it rendered is not rendered twice"
)]
pub(super) struct Unfinished {
    job: String,
    status: String,
    why: String,
}

/// Creates a job for pictures, waits for it, and reads its report.
pub(super) struct Jobs {
    store: Store,
    client: Client,
    role: String,
    account: String,
    partition: String,
    function: String,
    source: String,
    place: String,
}

/// The manifest of a report.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Report {
    report_schema: String,
    results: Vec<ReportFile>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ReportFile {
    key: String,
}

impl Jobs {
    /// For a deployment.
    ///
    /// # Errors
    /// Its role has no ARN.
    pub(super) fn new(store: Store, client: Client, outputs: &Outputs) -> anyhow::Result<Self> {
        let role = &outputs.backfill_role_arn;
        let part = |place| role.split(':').nth(place).map(str::to_owned);
        let (partition, account) =
            part(1).zip(part(4)).with_context(|| format!("{role:?} is not the ARN of a role"))?;
        Ok(Self {
            store,
            client,
            role: role.clone(),
            account,
            partition,
            function: outputs.transform_function_arn.clone(),
            source: outputs.source_bucket_name.clone(),
            place: outputs.components_bucket_name.clone(),
        })
    }

    /// Store the manifest of these pictures; returns the state to save before the job is created.
    pub(super) async fn prepare(&self, chunk: &[Found]) -> anyhow::Result<Running> {
        let token = token()?;
        let mut text = String::new();
        for (key, _) in chunk {
            let key = utf8_percent_encode(key, ENCODED);
            text.push_str(&format!("{},{key}\n", self.source));
        }
        let manifest = format!("{FOLDER}{token}/manifest.csv");
        let put = Put { body: Bytes::from(text), content_type: "text/csv", ..Put::default() };
        let written = self.store.put(&self.place, &manifest, put, Condition::Always).await?;
        let Written::Etag(etag) = written else { anyhow::bail!("the manifest was not written") };
        let (_, mark) = chunk.last().context("a job has a picture")?;
        let (mark, count) = (mark.clone(), chunk.len() as u64);
        Ok(Running { token, manifest, etag, mark, count, job: None })
    }

    /// Create the job; returns its id. Requests with the same token create one job.
    pub(super) async fn start(&self, prepared: &Running) -> anyhow::Result<String> {
        let bucket = format!("arn:{}:s3:::{}", self.partition, self.place);
        let operation = LambdaInvokeOperation::builder().function_arn(&self.function);
        let operation = operation.invocation_schema_version("2.0").build();
        let spec = JobManifestSpec::builder()
            .format(JobManifestFormat::S3BatchOperationsCsv20180820)
            .fields(JobManifestFieldName::Bucket)
            .fields(JobManifestFieldName::Key)
            .build()?;
        let location = JobManifestLocation::builder()
            .object_arn(format!("{bucket}/{}", prepared.manifest))
            .e_tag(&prepared.etag)
            .build()?;
        let report = JobReport::builder()
            .enabled(true)
            .bucket(&bucket)
            .prefix(format!("{FOLDER}{}", prepared.token))
            .format(JobReportFormat::ReportCsv20180820)
            .report_scope(JobReportScope::FailedTasksOnly)
            .build();
        let made = self
            .client
            .create_job()
            .account_id(&self.account)
            .client_request_token(&prepared.token)
            .confirmation_required(false)
            .description("Obscura: existing pictures")
            .priority(PRIORITY)
            .role_arn(&self.role)
            .operation(JobOperation::builder().lambda_invoke(operation).build())
            .manifest(JobManifest::builder().spec(spec).location(location).build())
            .report(report)
            .send()
            .await;
        let made = made.map_err(|error| AwsError::of("s3:CreateJob", error))?;
        Ok(made.job_id().context("S3 made a job without an id")?.to_owned())
    }

    /// Wait for a job; returns the reasons of failures, by key. `told` is called with the progress.
    ///
    /// # Errors
    /// [`Unfinished`], if some of its pictures were not tried.
    pub(super) async fn finish(
        &self,
        running: &Running,
        job: &str,
        before: u64,
        mut told: impl FnMut(String),
    ) -> anyhow::Result<BTreeMap<String, String>> {
        let (mut last, mut pause) = (None, FIRST_POLL);
        let described = loop {
            let described = self.describe(job).await?;
            let (status, tasks) = (described.status().cloned(), described.progress_summary());
            let count = |count: Option<Option<i64>>| count.flatten().unwrap_or(0);
            let failed = count(tasks.map(|tasks| tasks.number_of_tasks_failed()));
            let done = failed + count(tasks.map(|tasks| tasks.number_of_tasks_succeeded()));
            let name = status.as_ref().map_or("unknown", JobStatus::as_str).to_lowercase();
            let now = Some((name.clone(), done));
            if now != last {
                let all = before + u64::try_from(done).unwrap_or(0);
                let of = running.count;
                told(format!("job {job}: {name}, {done} of {of} ({all} in all), {failed} failed"));
                last = now;
            }
            match status {
                Some(JobStatus::Complete) if failed == 0 => return Ok(BTreeMap::new()),
                Some(JobStatus::Complete) => break described,
                Some(JobStatus::Failed | JobStatus::Cancelled) => {
                    let why =
                        described.failure_reasons().iter().filter_map(|one| one.failure_reason());
                    let why = why.map(style::plain).collect::<Vec<_>>().join("; ");
                    let why = if why.is_empty() { "on request".to_owned() } else { why };
                    return Err(Unfinished { job: job.to_owned(), status: name, why }.into());
                }
                _ => {}
            }
            tokio::time::sleep(pause).await;
            pause = LAST_POLL.min(pause.mul_f64(1.5));
        };
        self.failed(running, described.job_id().unwrap_or(job)).await
    }

    async fn describe(&self, job: &str) -> anyhow::Result<JobDescriptor> {
        let asked = self.client.describe_job().account_id(&self.account).job_id(job).send().await;
        let asked = asked.map_err(|error| AwsError::of("s3:DescribeJob", error))?;
        asked.job.context("S3 describes no job")
    }

    /// The reasons of failures in the job's report.
    async fn failed(
        &self,
        running: &Running,
        job: &str,
    ) -> anyhow::Result<BTreeMap<String, String>> {
        let path = format!("{FOLDER}{}/job-{job}/manifest.json", running.token);
        let report = read(&self.store, &self.place, &path).await?;
        let report: Report = serde_json::from_slice(&report)
            .with_context(|| format!("s3://{}/{path} is not a report", self.place))?;
        let columns = csv::columns(&report.report_schema);
        let mut found = BTreeMap::new();
        for file in report.results {
            let text = read(&self.store, &self.place, &file.key).await?;
            for row in csv::rows(&String::from_utf8_lossy(&text)) {
                let field = |name| csv::field(&columns, &row, name).unwrap_or_default();
                if field("TaskStatus") != "succeeded" {
                    let key = percent_decode_str(field("Key")).decode_utf8_lossy().into_owned();
                    found.insert(key, field("ResultMessage").to_owned());
                }
            }
        }
        Ok(found)
    }

    /// End a job.
    pub(super) async fn cancel(&self, job: &str) -> anyhow::Result<()> {
        let request = self.client.update_job_status().account_id(&self.account).job_id(job);
        let done = request.requested_job_status(RequestedJobStatus::Cancelled).send().await;
        done.map_err(|error| AwsError::of("s3:UpdateJobStatus", error))?;
        Ok(())
    }
}

/// A unique token.
fn token() -> anyhow::Result<String> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
