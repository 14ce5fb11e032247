//! Assembles the record of a picture.

use super::built::Built;
use super::cost::Cost;
use super::ended::End;
use super::manifest::{
    Cause, Manifest, RenditionRecord, RequestedRecord, RouteRecord, SourceRecord, Status,
    StepRecord, StepStatus, TransformRecord, recorded_parameters,
};
use super::plan::PlannedRun;
use super::standing::{Looks, is_whole};
use super::work::Work;
use crate::clock::now_text;
use crate::digest::Digest;
use crate::document::Route;
use crate::error::Rejection;
use crate::sandbox::ENGINE_ID;

/// The error of the picture, if a required step has failed.
pub(super) fn refusal(built: &Built) -> Option<&Rejection> {
    built.plan.iter().zip(&built.ends).find_map(|(run, end)| match end {
        End::Failed(rejection, _) if run.step.required => Some(rejection),
        _ => None,
    })
}

/// Assemble the record. If the picture failed, its renditions by an earlier component stay.
pub(super) fn assemble(
    work: &Work,
    route: &Route,
    source: SourceRecord,
    built: &Built,
    standing: Option<&Manifest>,
    looks: &Looks,
    failed: bool,
) -> Manifest {
    let mut steps: Vec<StepRecord> = Vec::new();
    let mut renditions: Vec<RenditionRecord> = Vec::new();
    let mut requested: Vec<RequestedRecord> = Vec::new();
    let mut add = |step: StepRecord, made: &mut dyn Iterator<Item = &RenditionRecord>| {
        let index = steps.len();
        renditions.extend(made.map(|one| RenditionRecord { step: index, ..one.clone() }));
        steps.push(step);
        index
    };
    for (index, (run, end)) in built.plan.iter().zip(&built.ends).enumerate() {
        let input = built.inputs.get(index).cloned().flatten();
        let record = |status, cost| StepRecord {
            input: input.clone(),
            ..record_of(work, run, status, cost)
        };
        match end {
            End::Found(_) | End::Made(_) | End::Skipped | End::Requested if failed => {}
            End::Requested => requested.extend(to_be_requested(work, route, run, None)),
            End::Found(found) => {
                let step = StepRecord { required: run.step.required, ..found.run.clone() };
                add(step, &mut found.renditions.iter());
            }
            End::Made(made) => {
                let step = StepRecord {
                    intermediates: made.uploaded.intermediates.clone(),
                    ..record(StepStatus::Ready, made.cost)
                };
                let mut made: Vec<_> = made.uploaded.records.iter().collect();
                made.sort_by(|a, b| a.name.cmp(&b.name));
                add(step, &mut made.into_iter());
            }
            End::Failed(rejection, cost) => {
                let error = Some(rejection.clone());
                let step = StepRecord { error, ..record(StepStatus::Failed, *cost) };
                let index = add(step, &mut std::iter::empty());
                if run.requested && !failed {
                    requested.extend(to_be_requested(work, route, run, Some(index)));
                }
            }
            End::Skipped => {
                add(record(StepStatus::Skipped, Cost::default()), &mut std::iter::empty());
            }
        }
    }
    // Earlier runs on the same picture: those that stay after a failure, and those of components
    // that cannot be loaded now.
    if let Some(standing) = standing.filter(|one| one.source.etag == source.etag && !work.dirty) {
        for (index, step) in standing.steps.iter().enumerate() {
            let waits = built.waiting.iter().any(|(name, _)| *name == step.name);
            let made = matches!(step.status, StepStatus::Ready | StepStatus::Kept);
            let whole = standing.renditions_of(index).all(|one| is_whole(looks, one));
            if made && (waits || (failed && whole)) {
                let status = if failed { StepStatus::Kept } else { step.status };
                let kept = StepRecord { status, ..step.clone() };
                add(kept, &mut standing.renditions_of(index));
            }
        }
    }
    let status = if failed { Status::Failed } else { Status::Ready };
    let etag = source.etag.clone();
    Manifest {
        version: 2,
        status,
        source,
        route: RouteRecord::from(route),
        steps,
        renditions,
        requested,
        retired: Vec::new(),
        cause: cause(work, status, &etag, standing),
        rendered_at: now_text(),
    }
}

/// The cause of a write. If a request arrives before the upload's event, it does the event's work,
/// and the event will write nothing: then the cause is the upload.
fn cause(work: &Work, status: Status, etag: &str, standing: Option<&Manifest>) -> Cause {
    let same = standing.is_some_and(|one| one.source.etag == etag && one.status == status);
    if same && !work.wanted.is_empty() { Cause::Request } else { Cause::Event }
}

/// The renditions that a run makes on request, or has `failed` to make.
fn to_be_requested(
    work: &Work,
    route: &Route,
    run: &PlannedRun,
    failed: Option<usize>,
) -> Vec<RequestedRecord> {
    let stored = run.outputs.iter().filter(|output| output.stored);
    let kinds = stored.flat_map(|output| output.media_types.iter().map(move |kind| (output, kind)));
    let record = kinds.filter_map(|(output, kind)| {
        Some(RequestedRecord {
            name: output.name.clone(),
            step: run.step.name().to_owned(),
            key: run.key(&work.destination, route, output, kind)?,
            media_type: kind.clone(),
            failed,
        })
    });
    record.collect()
}

fn record_of(work: &Work, run: &PlannedRun, status: StepStatus, cost: Cost) -> StepRecord {
    let release = &run.choice.release;
    let canary = work.failed.get(run.step.name());
    let candidate = run.choice.trial.as_ref().map(|trial| trial.candidate);
    StepRecord {
        name: run.step.name().to_owned(),
        input: None,
        status,
        required: run.step.required,
        action: Some(run.action),
        transform: TransformRecord {
            name: release.transform.clone(),
            version: release.version.clone(),
            digest: release.digest,
            engine: ENGINE_ID.to_owned(),
        },
        canary: canary.filter(|failed| Some(failed.digest) == candidate).cloned(),
        parameters: recorded_parameters(run.parameters.as_ref()),
        parameters_sha256: Digest::of(run.parameters_text.as_bytes()),
        limits: Some(run.step.limits.clone()),
        error: None,
        intermediates: Vec::new(),
        cost,
        rendered_at: now_text(),
    }
}
