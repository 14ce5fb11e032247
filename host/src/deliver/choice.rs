//! Chooses the rendition for a request.

use super::accept::{NEW_FORMATS, accepted};
use super::request::Request;
use super::target::Target;
use crate::error::Rejection;
use crate::key::extension;
use crate::pipeline::{Manifest, RenditionRecord};

/// Suffixes of the names of a family's members.
const FORMAT_WORDS: [&str; 5] = ["avif", "webp", "jpeg", "png", "gif"];
/// The assumed width of a picture without client hints, in CSS pixels.
const USUAL_WIDTH: f64 = 1024.0;

/// The choice, and how it was requested.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) named: Named,
    pub(super) by: By,
}

/// The rendition.
#[derive(Debug)]
pub(super) enum Named {
    Stored(RenditionRecord),
    /// It has not been made yet; its name.
    Requested(String),
    Failed(Rejection),
}

/// How it was requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// By its key.
    Key,
    /// By its name and its format.
    Format,
    /// By its name; `Accept` selects the format.
    Name,
    /// By the name of its family; client hints select the width.
    Family,
}

/// A stored or planned rendition.
struct Candidate<'a> {
    name: &'a str,
    media_type: &'a str,
    key: &'a str,
    record: Option<&'a RenditionRecord>,
    failed: Option<usize>,
}

/// The rendition for a request; `None` if the picture has none of that name.
pub(super) fn choose(manifest: &Manifest, target: &Target, request: &Request) -> Option<Choice> {
    let mut candidates: Vec<Candidate<'_>> = manifest.renditions.iter().map(stored).collect();
    candidates.extend(manifest.requested.iter().map(|one| Candidate {
        name: &one.name,
        media_type: &one.media_type,
        key: &one.key,
        record: None,
        failed: one.failed,
    }));
    let retired = || manifest.retired.iter().flat_map(|one| &one.renditions).map(stored);
    let by_key = candidates.iter().find(|one| one.key == target.path);
    if let Some(found) = by_key {
        return Some(Choice { named: named(manifest, found), by: By::Key });
    }
    if let Some(found) = retired().find(|one| one.key == target.path) {
        return Some(Choice { named: named(manifest, &found), by: By::Key });
    }
    let found = target.name.as_deref().and_then(|name| by_name(&candidates, name, request));
    match (found, manifest.error()) {
        (Some((found, by)), _) => Some(Choice { named: named(manifest, found), by }),
        (None, Some(error)) => Some(Choice { named: Named::Failed(error.clone()), by: By::Format }),
        (None, None) => None,
    }
}

fn stored(record: &RenditionRecord) -> Candidate<'_> {
    let RenditionRecord { name, media_type, key, .. } = record;
    Candidate { name, media_type, key, record: Some(record), failed: None }
}

fn named(manifest: &Manifest, found: &Candidate<'_>) -> Named {
    let failed = found.failed.and_then(|at| manifest.steps.get(at)?.error.clone());
    match (found.record, failed) {
        (Some(record), _) => Named::Stored(record.clone()),
        (None, Some(rejection)) => Named::Failed(rejection),
        (None, None) => Named::Requested(found.name.to_owned()),
    }
}

fn by_name<'a, 'b>(
    candidates: &'b [Candidate<'a>],
    name: &str,
    request: &Request,
) -> Option<(&'b Candidate<'a>, By)> {
    // Names of renditions have no dots.
    if let Some((base, wanted)) = name.rsplit_once('.') {
        let wanted = if wanted == "jpeg" { "jpg" } else { wanted };
        let mut alike = candidates.iter().filter(|one| is_of(one.name, base));
        return Some((alike.find(|one| extension(one.media_type) == wanted)?, By::Format));
    }
    let alike: Vec<_> = candidates.iter().filter(|one| is_of(one.name, name)).collect();
    if let Some(best) = best(&alike, request) {
        return Some((best, By::Name));
    }
    let width_of = |one: &Candidate<'_>| width(one.name, name);
    let wanted = wanted_width(request);
    let widths = || candidates.iter().filter_map(width_of);
    let enough = widths().filter(|width| f64::from(*width) >= wanted).min();
    let chosen = enough.or_else(|| widths().max())?;
    let members: Vec<_> = candidates.iter().filter(|one| width_of(one) == Some(chosen)).collect();
    Some((best(&members, request)?, By::Family))
}

/// Whether a rendition has this name, ignoring its format.
fn is_of(rendition: &str, name: &str) -> bool {
    let Some(rest) = rendition.strip_prefix(name) else { return false };
    rest.is_empty() || rest.strip_prefix('-').is_some_and(|word| FORMAT_WORDS.contains(&word))
}

/// The width in the name of a family's member.
fn width(rendition: &str, family: &str) -> Option<u32> {
    let rest = rendition.strip_prefix(family)?.strip_prefix('-')?;
    let (width, word) = rest.split_once('-').map_or((rest, None), |(a, b)| (a, Some(b)));
    word.is_none_or(|word| FORMAT_WORDS.contains(&word)).then(|| width.parse().ok())?
}

/// The best format that the browser accepts; if there is none, any.
fn best<'a, 'b>(candidates: &[&'b Candidate<'a>], request: &Request) -> Option<&'b Candidate<'a>> {
    let taken = accepted(request.header("accept").unwrap_or_default());
    let rank = |one: &&&'b Candidate<'a>| match NEW_FORMATS
        .iter()
        .position(|format| *format == one.media_type)
    {
        Some(at) if taken.contains(&one.media_type) => at,
        Some(_) => usize::MAX,
        None => NEW_FORMATS.len(),
    };
    candidates.iter().min_by_key(rank).copied()
}

/// The displayed width in pixels, from client hints.
/// <https://wicg.github.io/responsive-image-client-hints/>
fn wanted_width(request: &Request) -> f64 {
    let hint = |names: [&str; 2]| {
        let value = names.iter().find_map(|name| request.header(name))?;
        value.trim().parse::<f64>().ok().filter(|number| (0.1..=65_535.0).contains(number))
    };
    let ratio = hint(["sec-ch-dpr", "dpr"]).unwrap_or(1.0);
    // This hint is already in device pixels.
    hint(["sec-ch-width", "width"]).unwrap_or(USUAL_WIDTH * ratio)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate<'a>(name: &'a str, media_type: &'a str) -> Candidate<'a> {
        Candidate { name, media_type, key: "", record: None, failed: None }
    }

    fn chosen(name: &str, headers: &[(&str, &str)]) -> Option<String> {
        let candidates = [
            candidate("thumb", "image/webp"),
            candidate("card-320-avif", "image/avif"),
            candidate("card-320-webp", "image/webp"),
            candidate("card-320-jpeg", "image/jpeg"),
            candidate("card-640-webp", "image/webp"),
            candidate("card-640-jpeg", "image/jpeg"),
            candidate("card-1280-jpeg", "image/jpeg"),
            candidate("card-wide", "image/png"),
        ];
        let found = by_name(&candidates, name, &Request::of("", headers));
        found.map(|(one, _)| one.name.to_owned())
    }

    const MODERN: (&str, &str) = ("accept", "image/avif,image/webp,*/*");

    #[test]
    fn the_browser_gets_the_best_format_that_it_takes() {
        assert_eq!(chosen("card-320", &[MODERN]).as_deref(), Some("card-320-avif"));
        assert_eq!(
            chosen("card-320", &[("accept", "image/webp")]).as_deref(),
            Some("card-320-webp")
        );
        assert_eq!(chosen("card-320", &[]).as_deref(), Some("card-320-jpeg"));
        assert_eq!(chosen("card-640", &[MODERN]).as_deref(), Some("card-640-webp"));
        assert_eq!(chosen("thumb", &[]).as_deref(), Some("thumb"), "there is no other");
        assert_eq!(chosen("card-320.webp", &[MODERN]).as_deref(), Some("card-320-webp"));
        assert_eq!(chosen("card-320-webp.webp", &[]).as_deref(), Some("card-320-webp"));
        assert_eq!(chosen("card-320.jpeg", &[]).as_deref(), Some("card-320-jpeg"));
        for unknown in ["card-320.png", "card-321", "car", "", "card-320-", "thumb-webp.avif"] {
            assert_eq!(chosen(unknown, &[MODERN]), None, "{unknown}");
        }
    }

    #[test]
    fn client_hints_choose_within_a_family() {
        let hinted = |headers: &[(&str, &str)]| chosen("card", headers);
        assert_eq!(hinted(&[]).as_deref(), Some("card-1280-jpeg"));
        assert_eq!(hinted(&[("width", "300")]).as_deref(), Some("card-320-jpeg"));
        assert_eq!(hinted(&[("sec-ch-width", "321"), MODERN]).as_deref(), Some("card-640-webp"));
        assert_eq!(
            hinted(&[("width", "9000")]).as_deref(),
            Some("card-1280-jpeg"),
            "the largest there is"
        );
        for odd in ["NaN", "-1", "1e99", "x"] {
            assert_eq!(hinted(&[("dpr", odd)]).as_deref(), Some("card-1280-jpeg"), "{odd}");
        }
    }
}
