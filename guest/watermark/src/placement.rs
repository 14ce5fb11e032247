//! Positions of marks.

use crate::parameters::{Offset, Parameters, Position};

/// The upper left corners of the marks on a picture of this size, in pixels. They may be outside of
/// the picture.
pub(crate) fn places(
    picture: (u32, u32),
    mark: (u32, u32),
    parameters: &Parameters,
) -> impl Iterator<Item = (i64, i64)> {
    let (left, top) = first(picture, mark, parameters.position, parameters.offset);
    let lines = |from: i64, length: u32, size: u32| -> Vec<i64> {
        if !parameters.tile {
            return vec![from];
        }
        let step = i64::from(size) + (f64::from(size) * parameters.gap).round() as i64;
        let step = step.max(1);
        // The first one that overlaps the picture.
        let start = (from + i64::from(size) - 1).rem_euclid(step) - (i64::from(size) - 1);
        (start..i64::from(length)).step_by(usize::try_from(step).unwrap_or(usize::MAX)).collect()
    };
    let across = lines(left, picture.0, mark.0);
    let down = lines(top, picture.1, mark.1);
    down.into_iter().flat_map(move |top| across.clone().into_iter().map(move |left| (left, top)))
}

/// The position of a single mark.
fn first(
    (width, height): (u32, u32),
    mark: (u32, u32),
    position: Position,
    offset: Offset,
) -> (i64, i64) {
    use Position as P;
    let (x, y) = (f64::from(width) * offset.x, f64::from(height) * offset.y);
    let free_across = f64::from(width) - f64::from(mark.0);
    let free_down = f64::from(height) - f64::from(mark.1);
    let left = match position {
        P::LeftTop | P::Left | P::LeftBottom => x,
        P::Top | P::Center | P::Bottom => free_across / 2.0 + x,
        P::RightTop | P::Right | P::RightBottom => free_across - x,
    };
    let top = match position {
        P::LeftTop | P::Top | P::RightTop => y,
        P::Left | P::Center | P::Right => free_down / 2.0 + y,
        P::LeftBottom | P::Bottom | P::RightBottom => free_down - y,
    };
    (left.round() as i64, top.round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const NOWHERE: Offset = Offset { x: 0.0, y: 0.0 };

    #[test]
    fn nine_places_and_an_offset() {
        use Position as P;
        let offset = Offset { x: 0.1, y: 0.2 };
        for (position, plain, moved) in [
            (P::LeftTop, (0, 0), (10, 10)),
            (P::Top, (40, 0), (50, 10)),
            (P::RightTop, (80, 0), (70, 10)),
            (P::Left, (0, 20), (10, 30)),
            (P::Center, (40, 20), (50, 30)),
            (P::Right, (80, 20), (70, 30)),
            (P::LeftBottom, (0, 40), (10, 30)),
            (P::Bottom, (40, 40), (50, 30)),
            (P::RightBottom, (80, 40), (70, 30)),
        ] {
            assert_eq!(first((100, 50), (20, 10), position, NOWHERE), plain, "{position:?}");
            assert_eq!(first((100, 50), (20, 10), position, offset), moved, "{position:?}");
        }
    }

    #[test]
    fn tiles_cover_the_picture_around_the_first() {
        for (position, gap) in [(Position::Center, 0.0), (Position::RightBottom, 0.5)] {
            let parameters =
                Parameters { tile: true, gap, position, offset: NOWHERE, ..Parameters::default() };
            let all: Vec<_> = places((100, 50), (20, 10), &parameters).collect();
            assert!(all.contains(&first((100, 50), (20, 10), position, NOWHERE)));
            for (all, size, step, length) in [
                (all.iter().map(|at| at.0).collect::<BTreeSet<_>>(), 20, 20.0 * (1.0 + gap), 100),
                (all.iter().map(|at| at.1).collect(), 10, 10.0 * (1.0 + gap), 50),
            ] {
                let (all, step) = (Vec::from_iter(all), step as i64);
                assert!(all.windows(2).all(|pair| pair[1] - pair[0] == step), "{all:?}");
                // All overlap the picture, and none is missing at the ends.
                assert!(all[0] > -size && all[0] - step <= -size, "{all:?}");
                let last = all[all.len() - 1];
                assert!(last < length && last + step >= length, "{all:?}");
            }
        }
    }
}
