//! Sizes, regions and positions.

/// Width and height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// The number of columns.
    pub width: u32,
    /// The number of rows.
    pub height: u32,
}

impl Size {
    /// A size.
    #[must_use]
    pub fn new(width: u32, height: u32) -> Self {
        Self { width, height }
    }

    /// How many pixels it has.
    #[must_use]
    pub fn pixels(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// Width and height, exchanged if `transposed`.
    #[must_use]
    pub fn transposed(self, transposed: bool) -> Self {
        if transposed { Self::new(self.height, self.width) } else { self }
    }
}

/// A rectangle in fractions of the picture's width and height, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Region {
    /// Its left edge.
    pub left: f64,
    /// Its upper edge.
    pub top: f64,
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
}

impl Region {
    /// All of the picture.
    pub const WHOLE: Self = Self { left: 0.0, top: 0.0, width: 1.0, height: 1.0 };
}

/// The position of the picture on a larger canvas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Canvas {
    /// The size of the canvas.
    pub size: Size,
    /// The column of the canvas at which the picture begins.
    pub left: u32,
    /// The row of the canvas at which the picture begins.
    pub top: u32,
}
