//! Searches for the quality that reaches a score or a size, and for the smallest format.
//!
//! Size and score are approximately monotonic in quality, so that interpolation finds it: with four
//! files per format, as a rule.

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
            let (found, reached) = highest(make, most)?;
            Ok(Encoded { format, found: Some(found.0), body: found.1.body, reached })
        }
        Goal::Score(least) => {
            let Some(reference) = reference(frame, rendition.background) else {
                // Too small for a score.
                return Ok(Encoded::plain(format, make(90)?.body));
            };
            let scored = |file: &Written| score(&reference, format, file, rendition.background);
            let (found, reached) = lowest(make, scored, least)?;
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

/// What a search looks at, as a number that rises with quality, and by about how much each step.
#[derive(Clone, Copy)]
pub(super) struct Scale {
    of: fn(f64) -> f64,
    slope: f64,
}

/// Scores rise by about half a point.
const SCORES: Scale = Scale { of: |score| score, slope: 0.5 };

/// Files grow by about 3 %.
const SIZES: Scale = Scale { of: f64::ln, slope: 0.03 };

/// The quality that is tried first: usual goals are near.
const FIRST: f64 = 75.0;

/// After so many steps by interpolation, the rest is halved: no picture takes more than 11 files.
const INTERPOLATED: u32 = 4;

/// The lowest quality whose file has at least this score; the best, if none has. With its file, and
/// whether it has.
fn lowest(
    make: impl Fn(u8) -> Result<Written, Error>,
    score: impl Fn(&Written) -> Result<f64, Error>,
    least: f64,
) -> Result<((u8, Written), bool), Error> {
    let edge = edge(&make, score, SCORES, |score| score >= least, least)?;
    match edge.above {
        Some(found) => Ok((found, true)),
        None => Ok(((100, make(100)?), false)),
    }
}

/// The highest quality whose file has at most so many bytes; the smallest file, if none has. With its
/// file, and whether it has.
pub(super) fn highest(
    make: impl Fn(u8) -> Result<Written, Error>,
    most: u64,
) -> Result<((u8, Written), bool), Error> {
    let bytes = |file: &Written| Ok(file.body.len() as f64);
    let most = most as f64;
    match edge(&make, bytes, SIZES, |bytes| bytes > most, most)?.below {
        Some(found) => Ok((found, true)),
        None => Ok(((1, make(1)?), false)),
    }
}

/// Neighbouring qualities, and their files.
struct Edge {
    below: Option<(u8, Written)>,
    above: Option<(u8, Written)>,
}

/// Where `is_above` begins to hold, by interpolation between the nearest known qualities.
fn edge(
    make: &impl Fn(u8) -> Result<Written, Error>,
    value: impl Fn(&Written) -> Result<f64, Error>,
    scale: Scale,
    is_above: impl Fn(f64) -> bool,
    goal: f64,
) -> Result<Edge, Error> {
    let mut edge = Edge { below: None, above: None };
    // Qualities and their values.
    let (mut low, mut high) = (None::<(f64, f64)>, None::<(f64, f64)>);
    for step in 0.. {
        let (from, to) = (low.map_or(0.0, |known| known.0), high.map_or(101.0, |known| known.0));
        if to - from < 1.5 {
            break;
        }
        let wanted = (scale.of)(goal);
        let guess = match (low, high) {
            _ if step > INTERPOLATED => from.midpoint(to),
            (None, None) => FIRST,
            // Not to the ends at once: files of the highest qualities take the most time.
            (Some((at, value)), None) => (at + (wanted - value) / scale.slope).min(at.midpoint(to)),
            (None, Some((at, value))) => {
                (at + (wanted - value) / scale.slope).max(at.midpoint(from))
            }
            (Some((a, below)), Some((b, above))) => {
                a + (wanted - below) / (above - below).max(1e-9) * (b - a)
            }
        };
        // A number that is none, such as the size of nothing, becomes the lower end.
        let at = guess.round().min(to - 1.0).max(from + 1.0);
        let quality = at as u8;
        let file = make(quality)?;
        let found = value(&file)?;
        let known = Some((at, (scale.of)(found)));
        if is_above(found) {
            (high, edge.above) = (known, Some((quality, file)));
        } else {
            (low, edge.below) = (known, Some((quality, file)));
        }
    }
    Ok(edge)
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
    fn the_edge_is_found_with_few_files() {
        let made = std::cell::Cell::new(0);
        let make = |quality: u8| {
            made.set(made.get() + 1);
            // Like JPEG's: twice as large from 1 to 50, and much larger near the end.
            let size = 1000.0 * (1.0 + f64::from(quality) / 50.0 + 30.0 / f64::from(102 - quality));
            Ok(Written::from(vec![quality; size as usize]))
        };
        let mut all = 0;
        for edge in 1..=100 {
            made.set(0);
            let most = make(edge).unwrap().body.len();
            let small = highest(make, most as u64).unwrap();
            assert_eq!((small.0.0, small.1), (edge, true));
            let size = |file: &Written| Ok(file.body.len() as f64);
            let good = lowest(make, size, most as f64).unwrap();
            assert_eq!((good.0.0, good.1), (edge, true));
            assert!(made.get() <= 1 + 2 * 12, "{edge}: {}", made.get());
            all += made.get() - 1;
        }
        assert!(all <= 200 * 7, "{all} files for 200 searches, no fewer than by halving");
        let ((quality, file), reached) = highest(make, 9).unwrap();
        assert_eq!((quality, file.body[0], reached), (1, 1, false));
        let none = lowest(make, |_| Ok(0.0), 1e9).unwrap();
        assert_eq!((none.0.0, none.1), (100, false));
        // Values that say nothing.
        assert!(!lowest(make, |_| Ok(f64::NAN), 70.0).unwrap().1);
    }
}
