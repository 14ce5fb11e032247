//! Searches for the quality that reaches a score or a size, and for the smallest format.
//!
//! Size and score are approximately monotonic in quality, so binary search finds it: at most seven
//! files are encoded per format.

use obscura_picture::colour::{flatten, into_rgb, pixels};
use obscura_picture::decode::decode_written;
use obscura_picture::encode::{Extras, Written};
use obscura_picture::format::Format;
use obscura_picture::frame::Frame;
use obscura_picture::geometry::Region;
use obscura_picture::resample::{Chroma, resize};
use obscura_sdk::Error;

use super::file::{Encoded, is_lossy, write};
use crate::parameters::{Background, Goal, Quality, Rendition};
use crate::score::Reference;

/// The file that reaches a target; otherwise, the closest one.
pub(super) fn reach(
    frame: &Frame,
    format: Format,
    goal: Goal,
    rendition: &Rendition,
    extras: Extras<'_>,
) -> Result<Encoded, Error> {
    let make = |quality| write(frame.clone(), format, quality, rendition, extras);
    match goal {
        Goal::Bytes(most) => {
            let (found, reached) = bisect(make, |file| Ok(file.body.len() as u64 <= most), true)?;
            Ok(Encoded { format, found: Some(found.0), body: found.1.body, reached })
        }
        Goal::Score(least) => {
            let Some(reference) = reference(frame, rendition.background) else {
                // Too small for a score.
                return Ok(Encoded::plain(format, make(90)?.body));
            };
            let good = |file: &Written| {
                Ok(score(&reference, format, file, rendition.background)? >= least)
            };
            let (found, reached) = bisect(make, good, false)?;
            Ok(Encoded { format, found: Some(found.0), body: found.1.body, reached })
        }
    }
}

/// The smallest file of the candidate formats, each at the score that the first one has at the
/// requested quality.
pub(super) fn smallest(
    frame: &Frame,
    formats: &[Format],
    rendition: &Rendition,
    extras: Extras<'_>,
) -> Result<Encoded, Error> {
    let mut formats = formats.to_vec();
    if frame.kind.has_alpha() && formats.iter().any(|&format| format != Format::Jpeg) {
        formats.retain(|&format| format != Format::Jpeg);
    }
    let mut files = Vec::new();
    let mut goal = match rendition.quality {
        Quality::Target(goal) => Some(goal),
        Quality::Number(_) => None,
    };
    for format in formats {
        let file = match goal {
            Some(goal) if is_lossy(format, rendition) => {
                reach(frame, format, goal, rendition, extras)?
            }
            _ => {
                let number = rendition.quality.number();
                let file = write(frame.clone(), format, number, rendition, extras)?;
                if is_lossy(format, rendition)
                    && let Some(reference) = reference(frame, rendition.background)
                {
                    let reached = score(&reference, format, &file, rendition.background)?;
                    goal = Some(Goal::Score(reached));
                }
                Encoded::plain(format, file.body)
            }
        };
        files.push(file);
    }
    // Files that reach the target come first.
    let best = files.into_iter().min_by_key(|file| (!file.reached, file.body.len()));
    best.ok_or_else(|| Error::Internal("no format holds a picture that was checked".into()))
}

/// The highest matching quality if `low` ones match, else the lowest; with its file, and whether it
/// matches.
pub(super) fn bisect(
    make: impl Fn(u8) -> Result<Written, Error>,
    fits: impl Fn(&Written) -> Result<bool, Error>,
    low: bool,
) -> Result<((u8, Written), bool), Error> {
    let (mut from, mut to) = (1_u8, 100_u8);
    let mut best = None;
    while from <= to {
        let middle = from + (to - from) / 2;
        let file = make(middle)?;
        let good = fits(&file)?;
        if good {
            best = Some((middle, file));
        }
        if good == low {
            from = middle + 1;
        } else {
            to = middle - 1;
        }
    }
    match best {
        Some(best) => Ok((best, true)),
        None => {
            let nearest = if low { 1 } else { 100 };
            Ok(((nearest, make(nearest)?), false))
        }
    }
}

fn reference(frame: &Frame, background: Background) -> Option<Reference> {
    let flat = into_rgb(flatten(frame.clone(), background.rgb));
    Reference::new(pixels(&flat), flat.size.width as usize)
}

/// The score of the decoded file.
fn score(
    reference: &Reference,
    format: Format,
    file: &Written,
    background: Background,
) -> Result<f64, Error> {
    if let Some(shown) = &file.shown {
        let whole = into_rgb(resize(shown, Region::WHOLE, shown.size, Chroma::Full));
        return Ok(reference.score(pixels(&whole), whole.size.width as usize));
    }
    let body = file.body.as_slice();
    let (rgb, width) = decode_written(format, body, background.rgb)?;
    Ok(reference.score(rgb, width))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halving_finds_the_edge() {
        let made = std::cell::Cell::new(0);
        let make = |quality| {
            made.set(made.get() + 1);
            Ok(Written::from(vec![quality; usize::from(quality) * 10]))
        };
        for edge in 1..=100 {
            made.set(0);
            let small = bisect(make, |file| Ok(file.body.len() <= edge * 10), true).unwrap();
            assert_eq!((usize::from(small.0.0), small.1), (edge, true));
            let good = bisect(make, |file| Ok(file.body.len() >= edge * 10), false).unwrap();
            assert_eq!((usize::from(good.0.0), good.1), (edge, true));
            assert!(made.get() <= 14);
        }
        let ((quality, file), reached) = bisect(make, |_| Ok(false), true).unwrap();
        assert_eq!((quality, file.body, reached), (1, vec![1; 10], false));
        assert_eq!(bisect(make, |_| Ok(false), false).unwrap().0.0, 100);
    }
}
