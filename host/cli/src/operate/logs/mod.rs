//! `obscura logs`: the logs of a deployment's functions.
//!
//! - [`line`]: a line for people
//! - [`since`]: how far back

pub(crate) mod line;
mod since;

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, bail};
use aws_sdk_cloudwatchlogs::Client;

use crate::aws::{Aws, AwsError};
use crate::deployment::Named;
use crate::{DONE, style};
use line::{Wanted, readable};
use since::Since;

/// The polling interval with --follow.
const POLL: Duration = Duration::from_secs(2);
/// The maximum delay of a line relative to a newer one.
const LATE_MS: i64 = 10_000;

/// Show the logs of a deployment's functions, one line per event
///
/// The newest line is last. Times are UTC; from --since 1d on, lines begin with the date. Failures
/// are red, refusals are yellow. This needs the permission `logs:FilterLogEvents`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    deployment: Named,

    /// Period to show: 90s, 10m, 2h or 1d
    #[arg(long, value_name = "TIME", default_value = "10m")]
    since: Since,

    /// Continue until Ctrl-C
    #[arg(long, short)]
    follow: bool,

    /// Only failures and refusals
    #[arg(long)]
    errors: bool,

    /// Only pictures whose key contains this
    #[arg(long, value_name = "TEXT")]
    key: Option<String>,

    /// The publish function's log instead of the transform function's
    #[arg(long)]
    publish: bool,

    /// Raw lines, including metrics
    #[arg(long, conflicts_with_all = ["errors", "key"])]
    raw: bool,
}

const EXAMPLES: &str = "\
Examples:
  obscura logs --deployment terraform/examples/minimal --follow
      Follow the processing of uploads, until Ctrl-C.
  just logs --errors --since 2h
      Failures of the last two hours, in the deployment of `just deploy`.
  just logs --since 1d --key photo.jpg
      What happened to a picture.
Exit codes: 0 shown, 2 the log could not be read.";

/// Show them.
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let outputs = arguments.deployment.outputs()?;
    let function = if arguments.publish {
        outputs.publish_function_name.context("this deployment has no publish function")?
    } else {
        outputs.transform_function_name
    };
    let aws = Aws::from_environment().await?;
    let mut reader = Reader::new(aws.logs(), group(&function), arguments.since.ago());
    let wanted = Wanted {
        errors: arguments.errors,
        key: arguments.key.clone(),
        dated: arguments.since.is_days(),
    };
    let mut shown = 0_usize;
    let mut stop = std::pin::pin!(tokio::signal::ctrl_c());
    loop {
        let look = reader.look(None, |message| {
            let line = if arguments.raw {
                Some(style::lines(message.trim_end()))
            } else {
                readable(message, &wanted)
            };
            if let Some(line) = line {
                anstream::println!("{line}");
                shown += 1;
            }
        });
        tokio::select! {
            looked = look => match looked {
                Err(error) if error.code() == "ResourceNotFoundException" => {
                    bail!("there is no log group {} in {}; check AWS_REGION", group(&function), aws.region())
                }
                looked => looked?,
            },
            _ = &mut stop => return Ok(DONE),
        }
        if !arguments.follow {
            break;
        }
        tokio::select! {
            () = tokio::time::sleep(POLL) => {}
            _ = &mut stop => return Ok(DONE),
        }
    }
    if shown == 0 {
        style::complain("nothing in that time; use --since 2h for a longer period");
    }
    Ok(DONE)
}

/// The log group of a function.
pub(crate) fn group(function: &str) -> String {
    format!("/aws/lambda/{function}")
}

/// Reads a log group, each line once.
pub(crate) struct Reader {
    client: Client,
    group: String,
    /// Milliseconds since the epoch.
    start: i64,
    /// The times of lines that were already read, by their ids.
    seen: HashMap<String, i64>,
}

impl Reader {
    /// Start so long ago.
    pub(crate) fn new(client: Client, group: String, ago: Duration) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let start = i64::try_from(now.saturating_sub(ago).as_millis()).unwrap_or(0);
        Self { client, group, start, seen: HashMap::new() }
    }

    /// Call `told` for each new line; with words, only for lines that contain one of them.
    pub(crate) async fn look(
        &mut self,
        words: Option<&str>,
        mut give: impl FnMut(&str),
    ) -> Result<(), AwsError> {
        let mut newest = self.start;
        let request = self.client.filter_log_events().log_group_name(&self.group);
        let request = request.start_time(self.start).set_filter_pattern(words.map(str::to_owned));
        let mut pages = request.into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| AwsError::of("logs:FilterLogEvents", error))?;
            for event in page.events() {
                let (Some(id), Some(at)) = (event.event_id(), event.timestamp()) else { continue };
                newest = newest.max(at);
                if self.seen.insert(id.to_owned(), at).is_none() {
                    give(event.message().unwrap_or_default());
                }
            }
        }
        self.start = self.start.max(newest - LATE_MS);
        self.seen.retain(|_, at| *at >= self.start);
        Ok(())
    }
}
