//! `obscura status`: the active components and their results; for a deployment, also its AWS
//! resources.
//!
//! - [`transform`]: a transform, for people
//! - [`document`]: the pipeline document

mod document;
mod transform;

use obscura::publish::Documents;
use obscura::release::{TransformStatus, status};
use obscura_local::failed_events;
use serde::Serialize;

use crate::deployment::Deployment;
#[cfg(feature = "operate")]
use crate::operate::status::DeploymentStatus;
use crate::{DONE, SOME_FAILED, built, style};
use document::DocumentStatus;

/// Show what is deployed and active, waiting and failed events, and firing alarms
///
/// For every pipeline: the active components, since when and by whom, the results of canaries and
/// shadows, the active pipeline document and why a newer one is not active, and reasons why a step
/// cannot run, such as an unreadable pointer or a missing artifact.
///
/// With --deployment, also the functions with their last 24 hours, the queues, permanently failed
/// events, firing alarms and the last errors. This needs the permissions
/// `lambda:GetFunctionConfiguration`, `sqs:GetQueueAttributes`, `cloudwatch:DescribeAlarms`,
/// `cloudwatch:GetMetricStatistics` and `logs:FilterLogEvents`; parts that may not be read are
/// named.
///
/// For a canary or a shadow: how many pictures it has rendered, how many it
/// failed on that the stable component rendered, and its processor time as a
/// multiple of the stable component's.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    deployment: Deployment,

    /// Print one JSON object to standard output
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  obscura status
      The pipeline that `obscura serve` runs.
  obscura status --deployment terraform/examples/minimal
      A deployment in AWS; `just status` does the same.
  obscura status --bucket my-components --json
      Only a components bucket, for a program.
Exit codes: 0 all is well, 1 something needs attention (a step that cannot run, a refused
document, permanently failed events, an alarm, or a part that could not be read), 2 nothing
could be shown.";

/// Everything, as data.
#[derive(Debug, Serialize)]
struct Status {
    /// The active components, since when, and their results.
    transforms: Vec<TransformStatus>,
    /// The pipeline document.
    document: DocumentStatus,
    /// Events of `obscura serve` that failed for good; `null` for a pipeline in AWS.
    failed_events: Option<usize>,
    /// Its AWS resources; `null` if only a bucket or a folder was named.
    #[cfg(feature = "operate")]
    deployment: Option<DeploymentStatus>,
}

/// Print the status.
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let opened = arguments.deployment.open().await?;
    #[cfg(not(feature = "operate"))]
    if opened.outputs.is_some() {
        return Err(crate::absent::Absent("`obscura status --deployment`".to_owned()).into());
    }
    let document = opened.document().await?;
    let documents = Documents::new(opened.store.clone(), &opened.bucket, built::prover()?);
    let found = Status {
        transforms: status(&opened.store, &opened.bucket, &document).await?,
        document: DocumentStatus::of(&documents, &document).await?,
        failed_events: opened.directory.as_deref().map(failed_events).transpose()?,
        #[cfg(feature = "operate")]
        deployment: match &opened.outputs {
            Some(outputs) => Some(DeploymentStatus::of(outputs).await?),
            None => None,
        },
    };
    let done = if found.is_well() { DONE } else { SOME_FAILED };
    if arguments.json {
        anstream::println!("{}", serde_json::to_string(&found)?);
        return Ok(done);
    }
    if found.transforms.is_empty() {
        let text = "nothing is published: pictures fail until something is";
        style::complain(&format!("{text} (s3://{})", opened.bucket));
    }
    found.transforms.iter().for_each(transform::show);
    found.document.show();
    if let Some(count) = found.failed_events.filter(|count| *count > 0) {
        let events = style::several(count, "event");
        let remedy = "`obscura serve --redrive` tries them again";
        style::complain(&format!("{} failed for good: {remedy}", style::bad(events)));
    }
    #[cfg(feature = "operate")]
    if let Some(deployment) = &found.deployment {
        deployment.show();
    }
    Ok(done)
}

impl Status {
    fn is_well(&self) -> bool {
        #[cfg(feature = "operate")]
        let around = self.deployment.as_ref().is_none_or(DeploymentStatus::is_well);
        #[cfg(not(feature = "operate"))]
        let around = true;
        let steps = self.transforms.iter().all(|one| one.troubles.is_empty());
        let failed = self.failed_events.is_some_and(|count| count > 0);
        around && steps && !failed && !self.document.is_refused()
    }
}
