//! Runs golden pictures through a whole route.

use super::{Finding, Judgement, LONGEST, RouteFigures};
use crate::chain::{Chain, End, Ended};
use crate::document::{Route, sniff};
use crate::gate::golden;
use crate::sandbox::Failure;

/// Small pictures of every kind.
const PICTURES: [&str; 7] = [
    "orientation-6.jpg",
    "grey.jpg",
    "cmyk.jpg",
    "alpha.png",
    "lossy.webp",
    "palette.gif",
    "animated.gif",
];

/// Run a few pictures through a route. At least one with a matching media type must succeed, and
/// none may break it.
pub(super) fn check(
    index: usize,
    route: &Route,
    accepted: &[String],
    chain: &Chain<'_>,
    judgement: &mut Judgement,
) {
    let mut figures = RouteFigures {
        route: route.name.clone(),
        pictures: Vec::new(),
        renditions: 0,
        cpu_ms: 0.0,
        peak_memory_bytes: 0,
    };
    let (mut tried, mut refused) = (0, None);
    for picture in golden::pictures().filter(|one| PICTURES.contains(&one.name.as_str())) {
        let media_type = sniff(&picture.body);
        let taken = accepted.iter().any(|kind| kind == media_type);
        if !taken || !route.matches_media_type(media_type) {
            continue;
        }
        tried += 1;
        let ended = chain.render(&picture.name, &picture.body, LONGEST);
        let mut whole = true;
        for run in &ended {
            figures.cpu_ms += run.measured.cpu.as_secs_f64() * 1e3;
            figures.peak_memory_bytes = figures.peak_memory_bytes.max(run.measured.peak_memory);
            let End::Failed(failure) = &run.end else { continue };
            let finding = finding(index, run, &picture.name, failure);
            let by_picture = is_by_picture(failure);
            let decisive = run.step.is_decisive();
            whole &= !decisive;
            match (decisive, by_picture) {
                (true, true) => {
                    refused.get_or_insert(finding);
                }
                (true, false) => add(&mut judgement.errors, finding),
                (false, true) => {}
                (false, false) => add(&mut judgement.warnings, finding),
            }
        }
        if whole {
            figures.pictures.push(picture.name);
            figures.renditions += ended.iter().map(stored).sum::<usize>();
        }
    }
    if let (true, Some(finding)) = (figures.pictures.is_empty(), refused) {
        add(&mut judgement.errors, finding);
    }
    if tried == 0 {
        judgement.warnings.push(Finding::new(
            format!("routes[{index}]"),
            format!("no golden picture matches `{}`; its output was not checked", route.name),
            "Upload a matching picture, and check its manifest.",
        ));
    }
    judgement.routes.push(figures);
}

fn finding(index: usize, run: &Ended<'_>, picture: &str, failure: &Failure) -> Finding {
    Finding::new(
        format!("routes[{index}].steps[{}]", run.at),
        format!("golden picture `{picture}`, in the step `{}`: {failure}", run.step.name()),
        match failure {
            Failure::LimitExceeded(_)
            | Failure::TimeExceeded { .. }
            | Failure::MemoryExceeded { .. }
            | Failure::OutputExceeded { .. } => "Raise the step's limits.",
            _ => "Change the step's parameters, or what it reads, or publish a fixed component.",
        },
    )
}

/// If many pictures fail in the same step, the first is enough.
fn add(findings: &mut Vec<Finding>, finding: Finding) {
    if !findings.iter().any(|known| known.path == finding.path) {
        findings.push(finding);
    }
}

fn is_by_picture(failure: &Failure) -> bool {
    matches!(
        failure,
        Failure::UnsupportedFormat(_) | Failure::Malformed(_) | Failure::LimitExceeded(_)
    )
}

fn stored(run: &Ended<'_>) -> usize {
    match &run.end {
        End::Made(made) => made.iter().filter(|(_, stored)| *stored).count(),
        End::Failed(_) | End::Skipped => 0,
    }
}
