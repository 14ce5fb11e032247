//! The status of a transform: its active components, since when, and their results.

use obscura::component::{Channel, Pointer};
use obscura::outcomes::{Compared, RouteCounts};
use obscura::release::{TransformStatus, TrialStatus};

use crate::style;

/// Print it.
pub(super) fn show(status: &TransformStatus) {
    anstream::println!("{}", style::heading(&status.transform));
    for one in &status.channels {
        anstream::println!("  {:<8}{}", one.channel.as_str(), channel(&one.pointer));
        if one.channel == Channel::Canary && one.pointer.withdrawn.is_none() {
            for (route, share) in &status.canary_shares {
                let percent = share.weight * 100.0;
                anstream::println!(
                    "          {percent:.1} % of the route `{}`",
                    style::plain(route)
                );
            }
            if status.canary_shares.is_empty() {
                let hint = "no route gives it a share: see `canary` in the pipeline document";
                anstream::println!("          {}", style::faint(hint));
            }
        }
    }
    for (route, share) in &status.shadow_shares {
        let percent = share.share * 100.0;
        let route = style::plain(route);
        anstream::println!("  shadow  {percent:.1} % of the route `{route}` is rendered twice");
    }
    status.trials.iter().for_each(trial);
    for trouble in &status.troubles {
        anstream::println!("  {}", style::bad(style::plain(trouble)));
    }
}

/// A channel's component, since when, by whom, and its predecessor.
fn channel(pointer: &Pointer) -> String {
    let release = &pointer.release;
    let mut text = format!("{} {}", style::plain(&release.version), release.digest.short());
    match &pointer.withdrawn {
        Some(over) => {
            let why = style::plain(&format!("{}: {}", over.by, over.reason));
            text.push_str(&format!(", until {} by {why}", when(&over.at)));
        }
        None => {
            let by = style::plain(&pointer.activated_by);
            text.push_str(&format!(", since {} by {by}", when(&pointer.activated_at)));
        }
    }
    if let Some(previous) = pointer.previous {
        text.push_str(&style::faint(format!(", previously {}", previous.short())));
    }
    text
}

fn when(time: &str) -> String {
    let minutes = time.get(..16).unwrap_or(time).replace('T', " ");
    format!("{} UTC", style::plain(&minutes))
}

fn trial(status: &TrialStatus) {
    let (trial, totals) = (&status.trial, &status.totals);
    for (route, counts) in &totals.routes {
        anstream::println!(
            "  {} against {} on `{}`, counted by {} environments",
            trial.candidate.short(),
            trial.active.short(),
            style::plain(route),
            totals.environments,
        );
        canary(counts);
        shadow(&counts.shadow);
    }
}

fn canary(counts: &RouteCounts) {
    let RouteCounts { canary, stable, .. } = counts;
    if canary.pictures == 0 {
        return;
    }
    let mut text = format!(
        "{} of {}, {} failed ({:.2} %)",
        canary.pictures,
        style::several(canary.pictures + stable.pictures, "picture"),
        canary.failures(),
        canary.error_rate() * 100.0,
    );
    if let (Some(own), Some(other)) = (canary.cpu_ms.typical(), stable.cpu_ms.typical()) {
        text.push_str(&format!(", {own:.1} ms a picture against {other:.1}"));
    }
    if let Some(slowdown) = canary.cpu_ms.against(&stable.cpu_ms) {
        text.push_str(&format!(" ({:.2} times)", slowdown.factor));
    }
    anstream::println!("    canary  {text}");
    for (code, times) in &canary.failures {
        anstream::println!("            {} {times}", style::bad(style::plain(code)));
    }
}

fn shadow(counts: &Compared) {
    if counts.pictures + counts.out_of_time == 0 {
        return;
    }
    let failed: u64 = counts.failures.values().sum();
    let Compared { pictures, identical, out_of_time, bytes, stored_bytes, .. } = counts;
    let pictures = style::several(*pictures, "picture");
    let mut text = format!("{pictures}, {identical} identical, {failed} failed");
    if *out_of_time > 0 {
        text.push_str(&format!(", {out_of_time} not finished in time"));
    }
    if *stored_bytes > 0 {
        let percent = *bytes as f64 / *stored_bytes as f64 * 100.0;
        text.push_str(&format!(", {percent:.1} % of the bytes"));
    }
    if let Some(slowdown) = counts.slowdown.as_slowdown() {
        text.push_str(&format!(", {:.2} times the time", slowdown.factor));
    }
    let (own, other) = (counts.peak_memory_bytes, counts.stored_peak_memory_bytes);
    text.push_str(&format!(", {} of memory against {}", style::size(own), style::size(other)));
    anstream::println!("    shadow  {text}");
    for example in &counts.examples {
        let (key, what) = (style::plain(&example.key), style::plain(&example.what));
        anstream::println!("            {key}  {}", style::faint(what));
    }
}
