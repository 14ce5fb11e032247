//! `obscura redrive`: sends permanently failed events to their functions again.
//!
//! - [`message`]: a message in the queue

mod message;

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use indicatif::ProgressBar;
use serde_json::json;

use crate::aws::{Aws, AwsError};
use crate::deployment::{Named, Outputs};
use crate::{DONE, SOME_FAILED, style};
use message::Message;

/// The visibility timeout of a received message, in seconds.
const HIDDEN: i32 = 120;
/// How long one request waits for messages, in seconds.
const WAIT: i32 = 1;
/// Messages per request; SQS's maximum.
const AT_ONCE: i32 = 10;

/// Replay permanently failed events: each is sent to its function again
///
/// The events are in the on-failure queue. An event leaves the queue once Lambda has accepted it;
/// if it fails again, it returns to the queue. If this is interrupted, nothing is lost: run it
/// again. This needs the permissions `sqs:ReceiveMessage`, `sqs:DeleteMessage`,
/// `sqs:ChangeMessageVisibility` and `lambda:InvokeFunction`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    deployment: Named,

    /// Count them by reason, and replay nothing
    #[arg(long)]
    dry_run: bool,

    /// Only events that failed with this code
    #[arg(long, value_name = "CODE")]
    code: Option<String>,

    /// At most this many
    #[arg(long, value_name = "N")]
    most: Option<u64>,

    /// Print one JSON object to standard output
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  just redrive --dry-run
      Print how many events failed, and why.
  just redrive --code store-unavailable --most 10
      Replay some of them first.
  obscura redrive --deployment terraform/examples/minimal
      Replay all of them; `just redrive` does the same for the deployment of `just deploy`.
Exit codes: 0 done, 1 some messages are not events and stay in the queue, 2 it was stopped.";

/// Events of one reason.
#[derive(Debug, Default)]
struct Reason {
    count: u64,
    example: Option<String>,
}

/// The state of a run.
struct Redrive<'a> {
    arguments: &'a Arguments,
    sqs: aws_sdk_sqs::Client,
    lambda: aws_sdk_lambda::Client,
    outputs: &'a Outputs,
    bar: ProgressBar,
    reasons: BTreeMap<String, Reason>,
    /// The receipt handles of messages that stay in the queue.
    back: Vec<String>,
    taken: u64,
    unreadable: u64,
}

/// Count them, and replay them unless this is a dry run.
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let outputs = arguments.deployment.outputs()?;
    let aws = Aws::from_environment().await?;
    let bar = if arguments.json { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
    bar.enable_steady_tick(Duration::from_millis(200));
    let mut redrive = Redrive {
        arguments,
        sqs: aws.sqs(),
        lambda: aws.lambda(),
        outputs: &outputs,
        bar,
        reasons: BTreeMap::new(),
        back: Vec::new(),
        taken: 0,
        unreadable: 0,
    };
    let interrupted = || anyhow::anyhow!("interrupted: nothing is lost; run it again to go on");
    let done = tokio::select! {
        done = redrive.all() => done,
        _ = tokio::signal::ctrl_c() => Err(interrupted()),
    };
    redrive.put_back().await;
    redrive.bar.finish_and_clear();
    redrive.tell();
    done?;
    Ok(if redrive.unreadable == 0 { DONE } else { SOME_FAILED })
}

impl Redrive<'_> {
    /// Receive every message once: received messages stay invisible, and a repeated one ends the
    /// loop.
    async fn all(&mut self) -> anyhow::Result<()> {
        let mut seen = HashSet::new();
        loop {
            let request = self.sqs.receive_message().queue_url(&self.outputs.on_failure_queue_url);
            let request = request.max_number_of_messages(AT_ONCE).visibility_timeout(HIDDEN);
            let answer = request.wait_time_seconds(WAIT).send().await;
            let answer = answer.map_err(|error| AwsError::of("sqs:ReceiveMessage", error))?;
            if answer.messages().is_empty() {
                return Ok(());
            }
            let mut anew = false;
            for message in answer.messages() {
                let (Some(id), Some(handle)) = (message.message_id(), message.receipt_handle())
                else {
                    continue;
                };
                if seen.insert(id.to_owned()) {
                    anew = true;
                    self.one(message.body().unwrap_or_default(), handle).await?;
                } else {
                    self.back.push(handle.to_owned());
                }
            }
            if !anew {
                return Ok(());
            }
        }
    }

    async fn one(&mut self, body: &str, handle: &str) -> anyhow::Result<()> {
        let arguments = self.arguments;
        let Ok(message) = Message::parse(body) else {
            self.unreadable += 1;
            self.back.push(handle.to_owned());
            return Ok(());
        };
        let other = arguments.code.as_deref().is_some_and(|code| code != message.reason());
        if other || arguments.most.is_some_and(|most| self.taken >= most) {
            self.back.push(handle.to_owned());
            return Ok(());
        }
        if arguments.dry_run {
            self.back.push(handle.to_owned());
        } else {
            // Until it is deleted, it stays in the queue, whatever happens here.
            self.replay(&message, handle).await?;
        }
        self.taken += 1;
        self.bar.set_message(style::several(self.taken, "event"));
        let reason = self.reasons.entry(message.reason().to_owned()).or_default();
        reason.count += 1;
        if reason.example.is_none() {
            reason.example = message.key();
        }
        Ok(())
    }

    async fn replay(&mut self, message: &Message, handle: &str) -> anyhow::Result<()> {
        let function = message.function().unwrap_or(&self.outputs.transform_function_name);
        let request = self.lambda.invoke().function_name(function);
        let request = request.invocation_type(InvocationType::Event);
        let taken = request.payload(Blob::new(message.event().to_string())).send().await;
        if let Err(error) = taken {
            self.back.push(handle.to_owned());
            return Err(AwsError::of("lambda:InvokeFunction", error).into());
        }
        let queue = &self.outputs.on_failure_queue_url;
        let request = self.sqs.delete_message().queue_url(queue).receipt_handle(handle);
        request.send().await.map_err(|error| AwsError::of("sqs:DeleteMessage", error))?;
        Ok(())
    }

    /// Make the remaining messages visible again at once; if that fails, they become visible after
    /// the timeout.
    async fn put_back(&mut self) {
        for handle in self.back.drain(..) {
            let request = self.sqs.change_message_visibility().receipt_handle(handle);
            let request = request.queue_url(&self.outputs.on_failure_queue_url);
            let _ = request.visibility_timeout(0).send().await;
        }
    }

    fn tell(&self) {
        let dry = self.arguments.dry_run;
        if self.arguments.json {
            let counts: BTreeMap<&str, u64> =
                self.reasons.iter().map(|(name, reason)| (name.as_str(), reason.count)).collect();
            let replayed = if dry { 0 } else { self.taken };
            anstream::println!(
                "{}",
                json!({
                    "events": self.taken, "replayed": replayed, "reasons": counts,
                    "unreadable": self.unreadable,
                })
            );
            return;
        }
        let mut reasons: Vec<_> = self.reasons.iter().collect();
        reasons.sort_by_key(|(_, reason)| std::cmp::Reverse(reason.count));
        for (name, reason) in reasons {
            let example = reason.example.as_deref();
            let example = example.map(|key| format!(", such as {}", style::plain(key)));
            let example = example.unwrap_or_default();
            anstream::println!("{:6}  {}{example}", reason.count, style::plain(name));
        }
        let were = if self.taken == 1 { "was" } else { "were" };
        let verb = if dry { "would be" } else { were };
        anstream::println!("{} {verb} replayed", style::several(self.taken, "event"));
        if self.unreadable > 0 {
            let messages = style::several(self.unreadable, "message");
            let text = format!("{messages} left in the queue: no readable event");
            style::complain(&style::bad(text));
        }
    }
}
