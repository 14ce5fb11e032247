//! Distances of copies: neighbours in two dimensions come first.

/// Columns to the left and rows above, in the order of the codes 1 to 120.
#[rustfmt::skip]
const NEIGHBOURS: [(isize, isize); 120] = [
    (0, 1), (1, 0), (1, 1), (-1, 1), (0, 2), (2, 0), (1, 2), (-1, 2), (2, 1), (-2, 1), (2, 2),
    (-2, 2), (0, 3), (3, 0), (1, 3), (-1, 3), (3, 1), (-3, 1), (2, 3), (-2, 3), (3, 2), (-3, 2),
    (0, 4), (4, 0), (1, 4), (-1, 4), (4, 1), (-4, 1), (3, 3), (-3, 3), (2, 4), (-2, 4), (4, 2),
    (-4, 2), (0, 5), (3, 4), (-3, 4), (4, 3), (-4, 3), (5, 0), (1, 5), (-1, 5), (5, 1), (-5, 1),
    (2, 5), (-2, 5), (5, 2), (-5, 2), (4, 4), (-4, 4), (3, 5), (-3, 5), (5, 3), (-5, 3), (0, 6),
    (6, 0), (1, 6), (-1, 6), (6, 1), (-6, 1), (2, 6), (-2, 6), (6, 2), (-6, 2), (4, 5), (-4, 5),
    (5, 4), (-5, 4), (3, 6), (-3, 6), (6, 3), (-6, 3), (0, 7), (7, 0), (1, 7), (-1, 7), (5, 5),
    (-5, 5), (7, 1), (-7, 1), (4, 6), (-4, 6), (6, 4), (-6, 4), (2, 7), (-2, 7), (7, 2), (-7, 2),
    (3, 7), (-3, 7), (7, 3), (-7, 3), (5, 6), (-5, 6), (6, 5), (-6, 5), (8, 0), (4, 7), (-4, 7),
    (7, 4), (-7, 4), (8, 1), (8, 2), (6, 6), (-6, 6), (8, 3), (5, 7), (-5, 7), (7, 5), (-7, 5),
    (8, 4), (6, 7), (-6, 7), (7, 6), (-7, 6), (8, 5), (7, 7), (-7, 7), (8, 6), (8, 7),
];

/// The distance of a code from 1 to 120 in a picture of a given width.
pub(crate) fn neighbour(code: usize, width: usize) -> Option<usize> {
    let &(left, above) = NEIGHBOURS.get(code.checked_sub(1)?)?;
    // A distance below 1 means the previous pixel.
    Some((left + above * width as isize).max(1) as usize)
}

/// The codes of distances in a picture of a given width.
pub(crate) struct Distances {
    /// For distances from 0 on; 0 if the distance has no neighbour code.
    codes: Vec<u8>,
}

impl Distances {
    pub(crate) fn new(width: usize) -> Self {
        let mut codes = vec![0; width * 7 + 9];
        for (code, (left, above)) in (1..).zip(NEIGHBOURS) {
            // Decoders treat a distance below 1 as the previous pixel.
            let distance = (left + above * width as isize).max(1) as usize;
            if codes[distance] == 0 {
                codes[distance] = code;
            }
        }
        Self { codes }
    }

    /// The code of a distance, as written.
    #[inline]
    pub(crate) fn code(&self, distance: usize) -> usize {
        match self.codes.get(distance) {
            Some(&code) if code > 0 => usize::from(code),
            _ => distance + NEIGHBOURS.len(),
        }
    }
}
