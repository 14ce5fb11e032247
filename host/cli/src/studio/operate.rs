//! Operator tasks: failures, dead letters, environments, verify and repair.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::{StreamExt as _, stream};
use obscura::code::{Code, Party};
use obscura::digest::Digest;
use obscura::event::Delivery;
use obscura::release::{Verdict, Verifier};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::api::Nothing;
use super::gallery::State;
use super::job::Kind;
use super::jobs::{Progress, Which};
use super::problem::Problem;
use super::{Invoker, Shared, Studio, watch};
use crate::repair::{self, REMOVED, Repaired, Wanted};
use crate::streak::Streak;

/// Example keys per code.
const NAMED: usize = 200;
/// Pictures that are repaired in parallel.
const AT_A_TIME: usize = 4;

/// Pictures that failed.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Failures {
    /// By code, the most frequent first.
    codes: Vec<Failed>,
    /// Events in the dead-letter queue.
    dead_letters: Vec<DeadLetter>,
}

/// Pictures that failed with one code.
#[derive(Debug, Serialize, JsonSchema)]
struct Failed {
    code: Code,
    /// Its meaning.
    meaning: String,
    /// Its remedy.
    remedy: String,
    /// Who can fix it.
    mend: Party,
    /// The number of pictures.
    count: usize,
    /// Some of their keys.
    keys: Vec<String>,
}

/// An event in the dead-letter queue.
#[derive(Debug, Serialize, JsonSchema)]
struct DeadLetter {
    /// The function that failed.
    function: String,
    /// The key of its object.
    keys: Vec<String>,
    /// The function's error message.
    error: String,
    /// When.
    at: String,
    /// The number of attempts.
    attempts: u64,
}

/// The number of retried events.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Redriven {
    events: usize,
}

/// Pictures, by their keys.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Keys {
    keys: Vec<String>,
}

/// The pictures to verify.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Verified {
    /// Pictures, by their keys; all, if none are named.
    #[serde(default)]
    keys: Vec<String>,
}

/// The pictures to repair.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Bad {
    /// The component whose renditions are bad.
    digest: Digest,
    /// Also pictures that it failed on.
    #[serde(default)]
    failures: bool,
}

/// The number of pictures that a component made.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Affected {
    count: usize,
}

/// The results of pictures that were processed again.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Again {
    /// Key and the function's answer.
    said: Vec<(String, String)>,
}

/// Failures by code, and dead letters.
pub(super) async fn failures(studio: Shared, _: Nothing) -> Result<Failures, Problem> {
    let mut by_code: BTreeMap<Code, Vec<String>> = BTreeMap::new();
    for picture in studio.gallery.all(&studio).await? {
        if let (State::Failed, Some(code)) = (picture.state, picture.code) {
            by_code.entry(code).or_default().push(picture.key);
        }
    }
    let mut codes: Vec<Failed> = by_code
        .into_iter()
        .map(|(code, mut keys)| {
            let count = keys.len();
            keys.truncate(NAMED);
            let (meaning, remedy) = (code.meaning().to_owned(), code.remedy().to_owned());
            Failed { code, meaning, remedy, mend: code.owner(), count, keys }
        })
        .collect();
    codes.sort_by_key(|one| std::cmp::Reverse(one.count));
    let letters = match &studio.local {
        Some(lambda) => lambda.dead_letters().map_err(anyhow::Error::from)?,
        None => Vec::new(),
    };
    let dead_letters = letters
        .into_iter()
        .map(|letter| {
            let record = &letter.record;
            let text = |pointer: &str| {
                let value = record.pointer(pointer);
                value.and_then(Value::as_str).unwrap_or_default().to_owned()
            };
            let payload = record.get("requestPayload").cloned().unwrap_or_default();
            let items = Delivery::parse(&payload).items.into_iter();
            let notifications = items.flat_map(|item| item.notifications).flatten();
            let attempts = record.pointer("/requestContext/approximateInvokeCount");
            DeadLetter {
                function: letter.function,
                keys: notifications.map(|one| one.key.as_str().to_owned()).collect(),
                error: text("/responsePayload/errorMessage"),
                at: text("/timestamp"),
                attempts: attempts.and_then(Value::as_u64).unwrap_or_default(),
            }
        })
        .collect();
    Ok(Failures { codes, dead_letters })
}

/// Retry dead letters.
pub(super) async fn redrive(studio: Shared, _: Nothing) -> Result<Redriven, Problem> {
    let Some(lambda) = &studio.local else {
        return Err(Problem::asked(
            "the dead letters of a deployment are in its queue",
            "Run `just redrive`, which replays them.",
        ));
    };
    Ok(Redriven { events: lambda.redrive().map_err(anyhow::Error::from)? })
}

/// The functions' activity.
pub(super) async fn activity(studio: Shared, _: Nothing) -> Result<watch::Report, Problem> {
    let outstanding = studio.local.as_ref().map_or(0, |lambda| lambda.outstanding());
    Ok(studio.activity.report(outstanding))
}

/// Have the transform function process pictures again.
pub(super) async fn again(studio: Shared, given: Keys) -> Result<Again, Problem> {
    let invoker = studio.invoker()?;
    let mut said = Vec::new();
    for key in given.keys.into_iter().take(NAMED) {
        let bucket = studio.source_of(&key).await?;
        let answer = repair::again(&invoker.functions, &invoker.name, &bucket, &key).await;
        studio.look_at(&key).await;
        let (Repaired::Done(text) | Repaired::Failed(text) | Repaired::Down(text)) = answer;
        said.push((key, text));
    }
    Ok(Again { said })
}

/// Render pictures again, and compare bytes.
pub(super) async fn verify(studio: Shared, wanted: Verified) -> Result<Which, Problem> {
    let document = studio.document().await?;
    let verifier = Arc::new(Verifier::new(
        studio.store.clone(),
        &studio.components,
        studio.destination.bucket(),
        document,
        studio.sandbox.clone(),
    ));
    let title = match wanted.keys.as_slice() {
        [] => "every picture".to_owned(),
        [one] => one.clone(),
        many => format!("{} pictures", many.len()),
    };
    Ok(studio.begin(Kind::Verify, title, |progress| {
        let studio = Arc::clone(&studio);
        async move { verify_each(&studio, &progress, &verifier, wanted.keys).await }
    }))
}

async fn verify_each(
    studio: &Studio,
    progress: &Progress,
    verifier: &Verifier,
    mut keys: Vec<String>,
) -> Result<Value, Problem> {
    if keys.is_empty() {
        keys = studio.gallery.all(studio).await?.into_iter().map(|one| one.key).collect();
    }
    let total = keys.len();
    let (mut hold, mut renditions, mut skipped) = (0_usize, 0_usize, 0_usize);
    let mut others = Vec::new();
    for (done, key) in keys.into_iter().enumerate() {
        progress.tell(&key, done, total);
        match studio.destination.manifest(&key).await? {
            None => skipped += 1,
            Some(manifest) => match verifier.verify(&manifest).await? {
                Verdict::Holds { renditions: held } => {
                    hold += 1;
                    renditions += held;
                }
                verdict => others.push(json!({ "key": key, "result": verdict })),
            },
        }
        progress
            .found(json!({ "hold": hold, "renditions": renditions, "without_manifest": skipped,
                               "others": others }));
    }
    progress.tell("", total, total);
    Ok(
        json!({ "hold": hold, "renditions": renditions, "without_manifest": skipped, "others": others }),
    )
}

/// The number of pictures that a component made.
pub(super) async fn affected(studio: Shared, bad: Bad) -> Result<Affected, Problem> {
    let Bad { digest, failures } = bad;
    let found = repair::find(Wanted { digest, failures }, &studio.destination, |_, _| {});
    Ok(Affected { count: found.await?.len() })
}

/// Render the pictures of a component again.
pub(super) async fn repair(studio: Shared, bad: Bad) -> Result<Which, Problem> {
    let Bad { digest, failures } = bad;
    let document = studio.document().await?;
    repair::still_active(&studio.store, &studio.components, &document, digest).await?;
    let invoker = studio.invoker()?;
    let title = format!("what {} made", digest.short());
    Ok(studio.begin(Kind::Repair, title, |progress| {
        let studio = Arc::clone(&studio);
        let wanted = Wanted { digest, failures };
        async move { repair_each(&studio, &progress, &invoker, wanted).await }
    }))
}

async fn repair_each(
    studio: &Studio,
    progress: &Progress,
    invoker: &Invoker,
    wanted: Wanted,
) -> Result<Value, Problem> {
    let told = |read, all| progress.tell("reading manifests", read, all);
    let affected = repair::find(wanted, &studio.destination, told).await?;
    let total = affected.len();
    let (mut repaired, mut removed, mut failed) = (0_usize, 0_usize, Vec::new());
    let mut results = stream::iter(affected)
        .map(|one| async move {
            let Invoker { functions, name } = invoker;
            let destination = &studio.destination;
            let result = repair::mend(functions, name, destination, wanted.digest, &one).await;
            (one, result)
        })
        .buffer_unordered(AT_A_TIME);
    let (mut done, mut streak) = (0, Streak::default());
    while let Some((one, result)) = results.next().await {
        done += 1;
        let key = one.source.key;
        let over = streak.is_over(matches!(result, Repaired::Down(_)));
        match result {
            Repaired::Done(said) if said == REMOVED => removed += 1,
            Repaired::Done(_) => repaired += 1,
            Repaired::Failed(why) | Repaired::Down(why) => {
                failed.push(json!({ "key": key, "why": why }))
            }
        }
        studio.look_at(&key).await;
        progress.tell(&key, done, total);
        progress.found(json!({ "repaired": repaired, "removed": removed, "failed": failed }));
        if over {
            return Err(anyhow::anyhow!(Streak::reason(total - done)).into());
        }
    }
    progress.tell("", total, total);
    Ok(json!({ "repaired": repaired, "removed": removed, "failed": failed }))
}

impl Studio {
    fn invoker(&self) -> Result<Arc<Invoker>, Problem> {
        self.invoker.clone().ok_or_else(|| {
            Problem::asked(
                "the transform function is not named",
                "Start with `obscura studio --transform-function NAME --allow-changes`.",
            )
        })
    }
}
