//! The part is kept in which the most of the faces is.

use obscura_faces::Face;
use obscura_picture::colour::{flatten, into_rgb, pixels};
use obscura_picture::frame::Frame;
use obscura_picture::geometry::Region;

/// The longest side of the copy that they are found in.
pub(super) const SIDE: u32 = 320;

/// What belongs to a face on each side of it, hair and chin, as a part of its size.
const AROUND: f64 = 0.25;

/// Places that are tried along a side.
const PLACES: u32 = 128;

/// How much of all faces may be lost for a crop that has them in its middle.
const OFF: f64 = 0.02;

/// The faces of an upright picture.
pub(super) fn of(frame: &Frame) -> Vec<Face> {
    let opaque = into_rgb(flatten(frame.clone(), [255; 3]));
    obscura_faces::find(&pixels(&opaque), frame.size.width as usize)
}

/// The left and the top of the part; none if there is no face.
pub(super) fn find(faces: &[Face], region: Region) -> Option<(f64, f64)> {
    if faces.is_empty() {
        return None;
    }
    let along = |side: fn(&Face) -> (f32, f32), part: f64| {
        let spans: Vec<Span> = faces.iter().map(|face| Span::new(face, side(face))).collect();
        best(&spans, part)
    };
    let left = along(|face| (face.left, face.width), region.width);
    Some((left, along(|face| (face.top, face.height), region.height)))
}

/// What a face takes of a side of the picture.
struct Span {
    from: f64,
    to: f64,
    /// Larger faces count more.
    weight: f64,
}

impl Span {
    fn new(face: &Face, (start, length): (f32, f32)) -> Self {
        let (start, length) = (f64::from(start), f64::from(length));
        Self {
            from: (start - AROUND * length).max(0.0),
            to: (start + (1.0 + AROUND) * length).min(1.0),
            weight: f64::from(face.width * face.height),
        }
    }

    /// How much of it lies in a part of the side.
    fn kept(&self, start: f64, part: f64) -> f64 {
        let covered = (self.to.min(start + part) - self.from.max(start)).max(0.0);
        covered / (self.to - self.from).max(1e-9)
    }
}

/// Where the part of a side begins that keeps the most; of several ones, that which has the faces in its middle.
fn best(spans: &[Span], part: f64) -> f64 {
    let all: f64 = spans.iter().map(|span| span.weight).sum();
    let middle =
        spans.iter().map(|span| span.weight * (span.from + span.to) / 2.0).sum::<f64>() / all;
    let value = |start: f64| {
        let kept: f64 = spans.iter().map(|span| span.weight * span.kept(start, part)).sum();
        kept / all - OFF * (start + part / 2.0 - middle).abs()
    };
    let start = |place: u32| (1.0 - part).max(0.0) * f64::from(place) / f64::from(PLACES);
    let values = (0..=PLACES).map(|place| (value(start(place)), start(place)));
    values.max_by(|a, b| a.0.total_cmp(&b.0)).map_or(0.0, |(_, start)| start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(left: f32, width: f32) -> Face {
        Face { left, top: 0.4, width, height: 0.2, score: 0.9 }
    }

    const HALF: Region = Region { left: 0.25, top: 0.0, width: 0.5, height: 1.0 };

    #[test]
    fn a_face_is_in_the_middle_where_there_is_room() {
        let left = |faces: &[Face]| find(faces, HALF).unwrap().0;
        assert!((left(&[face(0.4, 0.1)]) - 0.2).abs() < 0.01);
        assert_eq!(left(&[face(0.0, 0.1)]), 0.0);
        assert_eq!(left(&[face(0.9, 0.1)]), 0.5);
        assert_eq!(find(&[], HALF), None);
    }

    #[test]
    fn all_faces_are_kept_if_they_can_be_and_the_larger_ones_if_not() {
        let left = |faces: &[Face]| find(faces, HALF).unwrap().0;
        let both = left(&[face(0.1, 0.1), face(0.4, 0.1)]);
        assert!((0.03..=0.075).contains(&both), "{both}");
        assert!(left(&[face(0.0, 0.1), face(0.7, 0.2)]) > 0.4);
    }
}
