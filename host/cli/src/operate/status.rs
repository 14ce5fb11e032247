//! The AWS resources of a pipeline: functions, queues, alarms, and the last errors.

use std::time::Duration;

use aws_sdk_sqs::types::QueueAttributeName;
use serde::Serialize;

use super::logs::line::{Wanted, readable};
use super::logs::{Reader, group};
use crate::aws::{Alarm, Aws, AwsError, CloudWatch};
use crate::deployment::Outputs;
use crate::style;

/// The period that is searched for errors.
const ERRORS_FROM: Duration = Duration::from_secs(3600);
/// The timeout of that search: a busy function logs millions of lines.
const ERRORS_PATIENCE: Duration = Duration::from_secs(10);
/// The maximum number of errors shown.
const MOST_ERRORS: usize = 5;
/// Words that mark the line of a failure.
const WORDS: &str = "?ERROR ?WARN";

/// The AWS resources of a pipeline.
#[derive(Debug, Serialize)]
pub(crate) struct DeploymentStatus {
    name: String,
    region: String,
    buckets: Buckets,
    functions: Vec<FunctionStatus>,
    queues: Queues,
    /// The firing alarms; `null` if they could not be read.
    alarms: Option<Vec<Alarm>>,
    /// The failures of the last hour, the newest last.
    last_errors: Vec<String>,
    /// The parts that could not be read, one sentence each.
    unseen: Vec<String>,
}

/// The three buckets.
#[derive(Debug, Serialize)]
struct Buckets {
    source: String,
    destination: String,
    components: String,
}

/// A function, with its last 24 hours.
#[derive(Debug, Serialize)]
struct FunctionStatus {
    name: String,
    memory_mb: i32,
    timeout_seconds: i32,
    architecture: String,
    changed: String,
    last_day: LastDay,
}

/// A function's invocations in 24 hours, and their results.
#[derive(Debug, Default, Serialize)]
struct LastDay {
    invocations: u64,
    errors: u64,
    throttles: u64,
}

/// The number of events in the queues.
#[derive(Debug, Default, Serialize)]
struct Queues {
    /// Waiting events; `null` if the trigger has no queue.
    waiting: Option<u64>,
    /// Permanently failed events; `null` if the number could not be read.
    failed: Option<u64>,
}

impl DeploymentStatus {
    /// Read all of it. Parts that may not be read are omitted, and named.
    pub(crate) async fn of(outputs: &Outputs) -> anyhow::Result<Self> {
        let aws = Aws::from_environment().await?;
        let cloudwatch = aws.cloudwatch()?;
        let mut unseen = Vec::new();
        let mut functions = Vec::new();
        let mut last_errors = Vec::new();
        let publisher = outputs.publish_function_name.as_deref();
        for name in
            [Some(outputs.transform_function_name.as_str()), publisher].into_iter().flatten()
        {
            functions.extend(kept(function(&aws, &cloudwatch, name).await, &mut unseen));
            let found = kept(errors(&aws, name).await, &mut unseen).unwrap_or_default();
            last_errors.extend(found);
        }
        let waiting = match &outputs.events_queue_url {
            Some(url) => kept(length(&aws, url).await, &mut unseen),
            None => None,
        };
        let failed = kept(length(&aws, &outputs.on_failure_queue_url).await, &mut unseen);
        let firing = cloudwatch.firing(&format!("{}-", outputs.name)).await;
        Ok(Self {
            name: outputs.name.clone(),
            region: aws.region(),
            buckets: Buckets {
                source: outputs.source_bucket_name.clone(),
                destination: outputs.destination_bucket_name.clone(),
                components: outputs.components_bucket_name.clone(),
            },
            functions,
            queues: Queues { waiting, failed },
            alarms: kept(firing, &mut unseen),
            last_errors,
            unseen,
        })
    }

    /// Whether nothing needs attention.
    pub(crate) fn is_well(&self) -> bool {
        self.queues.failed == Some(0)
            && self.alarms.as_ref().is_some_and(Vec::is_empty)
            && self.unseen.is_empty()
    }

    /// Print it.
    pub(crate) fn show(&self) {
        let say = |what: &str, text: &str| {
            anstream::println!("{} {text}", style::heading(format!("{what:<12}")));
        };
        for (name, bucket) in [
            ("source", &self.buckets.source),
            ("destination", &self.buckets.destination),
            ("components", &self.buckets.components),
        ] {
            say(name, &format!("s3://{}", style::plain(bucket)));
        }
        for one in &self.functions {
            say("function", &one.line());
            say("", &one.last_day.line());
        }
        if let Some(count) = self.queues.waiting {
            say("waiting", &events(count));
        }
        match self.queues.failed {
            Some(0) => say("failed", &events(0)),
            Some(count) => {
                let remedy = "`just redrive --dry-run` says why";
                say("failed", &format!("{}: {remedy}", style::bad(events(count))));
            }
            None => {}
        }
        for alarm in self.alarms.iter().flatten() {
            let text = style::plain(&format!("{}: {}", alarm.name, alarm.says));
            say("ALARM", &style::bad(text));
        }
        if self.alarms.as_ref().is_some_and(Vec::is_empty) {
            say("alarms", "none");
        }
        for line in &self.last_errors {
            say("last error", line);
        }
        for reason in &self.unseen {
            say("not seen", &style::bad(style::plain(reason)));
        }
    }
}

impl FunctionStatus {
    fn line(&self) -> String {
        style::plain(&format!(
            "{}: {} MB, {} s, {}, changed {}",
            self.name,
            self.memory_mb,
            self.timeout_seconds,
            self.architecture,
            self.changed.get(..19).unwrap_or(&self.changed),
        ))
    }
}

impl LastDay {
    fn line(&self) -> String {
        format!(
            "last day: {} invocations, {} failed, {} throttled",
            self.invocations, self.errors, self.throttles
        )
    }
}

fn events(count: u64) -> String {
    style::several(count, "event")
}

/// The value; an error is added to the list of unread parts.
fn kept<T>(found: anyhow::Result<T>, unseen: &mut Vec<String>) -> Option<T> {
    found.map_err(|error| unseen.push(crate::failed::said(&error))).ok()
}

async fn function(
    aws: &Aws,
    cloudwatch: &CloudWatch,
    name: &str,
) -> anyhow::Result<FunctionStatus> {
    let asked = aws.lambda().get_function_configuration().function_name(name).send().await;
    let asked = asked.map_err(|error| AwsError::of("lambda:GetFunctionConfiguration", error))?;
    let mut last_day = LastDay::default();
    for (metric, count) in [
        ("Invocations", &mut last_day.invocations),
        ("Errors", &mut last_day.errors),
        ("Throttles", &mut last_day.throttles),
    ] {
        // A count of invocations is a whole number.
        *count = cloudwatch.total(name, metric, 1).await?.sum.max(0.0) as u64;
    }
    let architecture = asked.architectures().first().map(|one| one.as_str().to_owned());
    Ok(FunctionStatus {
        name: name.to_owned(),
        memory_mb: asked.memory_size().unwrap_or(0),
        timeout_seconds: asked.timeout().unwrap_or(0),
        architecture: architecture.unwrap_or_else(|| "x86_64".to_owned()),
        changed: asked.last_modified().unwrap_or_default().to_owned(),
        last_day,
    })
}

async fn length(aws: &Aws, url: &str) -> anyhow::Result<u64> {
    let wanted = QueueAttributeName::ApproximateNumberOfMessages;
    let asked = aws.sqs().get_queue_attributes().queue_url(url).attribute_names(wanted.clone());
    let found = asked.send().await;
    let found = found.map_err(|error| AwsError::of("sqs:GetQueueAttributes", error))?;
    let count = found.attributes().and_then(|all| all.get(&wanted)).map(|text| text.parse());
    Ok(count.transpose()?.unwrap_or(0))
}

/// The last failures. A function that never ran has no log yet.
async fn errors(aws: &Aws, function: &str) -> anyhow::Result<Vec<String>> {
    let wanted = Wanted { errors: true, ..Wanted::default() };
    let mut lines = Vec::new();
    let mut reader = Reader::new(aws.logs(), group(function), ERRORS_FROM);
    let look = reader.look(Some(WORDS), |message| {
        let line = readable(message, &wanted);
        lines.extend(line.map(|line| anstream::adapter::strip_str(&line).to_string()));
        if lines.len() > MOST_ERRORS {
            lines.remove(0);
        }
    });
    match tokio::time::timeout(ERRORS_PATIENCE, look).await {
        Ok(Err(error)) if error.code() == "ResourceNotFoundException" => {}
        Ok(looked) => looked?,
        Err(_) => anyhow::bail!(
            "logs:FilterLogEvents: {} has too many lines for a quick look; `just logs --errors` \
             shows them",
            group(function)
        ),
    }
    Ok(lines)
}
