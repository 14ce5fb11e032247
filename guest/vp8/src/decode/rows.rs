//! The rows that are decoded at once.

/// Some rows of one plane.
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
    /// The rows, `width` samples each.
    pub fn iter(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let width = self.width;
        let rows = self.data.chunks(self.stride.max(1)).take(self.height);
        rows.map(move |row| row.get(..width).unwrap_or(row))
    }
}

/// The next rows of the picture: of luma, and of the two chroma planes.
#[derive(Clone, Copy, Debug)]
pub struct Strip<'a> {
    /// Y, U and V, in the range that video uses (16 to 235 or 240). U and V have half the size,
    /// rounded up.
    pub planes: [Rows<'a>; 3],
}
