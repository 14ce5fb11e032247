//! Planes of samples, the output of the decoder and the input of the encoder.

/// One component's samples, eight bits each, row by row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plane {
    /// Samples in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Bytes from one row to the next, at least `width`.
    pub stride: usize,
    /// The samples; those between `width` and `stride` are undefined.
    pub data: Vec<u8>,
}

impl Plane {
    /// A plane of zeros without gaps between its rows.
    #[must_use]
    pub fn new(width: usize, height: usize) -> Self {
        Self { width, height, stride: width, data: vec![0; width * height] }
    }

    /// Row `y`, `width` samples; empty if there is no such row.
    #[must_use]
    pub fn row(&self, y: usize) -> &[u8] {
        self.rows().row(y)
    }

    /// All rows, borrowed.
    #[must_use]
    pub fn rows(&self) -> Rows<'_> {
        Rows { width: self.width, height: self.height, stride: self.stride, data: &self.data }
    }
}

/// Some rows of one component, borrowed.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// Samples in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Bytes from one row to the next, at least `width`.
    pub stride: usize,
    /// The samples; those between `width` and `stride` are undefined.
    pub data: &'a [u8],
}

impl<'a> Rows<'a> {
    /// Row `y`, `width` samples; empty if there is no such row.
    #[must_use]
    pub fn row(&self, y: usize) -> &'a [u8] {
        let start = y.checked_mul(self.stride).filter(|_| y < self.height);
        let row = start.and_then(|s| self.data.get(s..)?.get(..self.width));
        row.unwrap_or_default()
    }
}

/// A decoded picture: one plane per component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planes {
    /// Width in pixels at the decoded scale.
    pub width: usize,
    /// Height in pixels at the decoded scale.
    pub height: usize,
    /// One plane per component; chroma may be smaller than the picture.
    pub planes: Vec<Plane>,
    /// Whether a lenient decoder filled in missing parts.
    pub truncated: bool,
}

/// One row of MCUs, with the rows of each component.
#[derive(Clone, Debug)]
pub struct Strip<'a> {
    /// The strip's first row, in pixels of the decoded scale.
    pub y: usize,
    /// One entry per component, in the file's order.
    pub planes: Vec<Rows<'a>>,
}
