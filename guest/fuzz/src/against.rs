//! Comparison with another library's reading of the same file.

use obscura_picture::Format;
use obscura_picture::decode::decode;
use obscura_picture::frame::{Frame, Kind};

use crate::limits::LIMITS;
use crate::still::Wanted;

/// The whole picture of a file as we read it, as stored. None if we refuse it.
#[must_use]
pub fn ours(format: Format, file: &[u8]) -> Option<Frame> {
    Some(decode(format, &mut &*file, LIMITS, &Wanted::ALL).ok()?.frame)
}

/// Compares a frame with another decoder's pixels: red, green, blue and opacity. Colours of pixels
/// that are not opaque are ignored, since ours are premultiplied.
///
/// # Panics
/// If two samples differ by more than `far`.
pub fn same(frame: &Frame, width: u32, height: u32, theirs: &[[u8; 4]], far: u8) {
    assert_eq!((frame.size.width, frame.size.height), (width, height), "sizes");
    let at = |plane: usize, index: usize| frame.plane(plane)[index];
    for (index, theirs) in theirs.iter().enumerate() {
        let ours = match frame.kind {
            Kind::Luma => [at(0, index), at(0, index), at(0, index), 255],
            Kind::Rgb => [at(0, index), at(1, index), at(2, index), 255],
            Kind::Rgba => [0, 1, 2, 3].map(|plane| at(plane, index)),
            Kind::Ycc => return,
        };
        let opaque = ours[3] == 255 && theirs[3] == 255;
        let apart = |n: usize| ours[n].abs_diff(theirs[n]) > far;
        let differ = apart(3) || opaque && (0..3).any(apart);
        assert!(
            !differ,
            "{ours:?} and {theirs:?} at {}, {}",
            index as u32 % width,
            index as u32 / width
        );
    }
}
