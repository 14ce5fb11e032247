//! A frame: its planes, before and after.

/// A plane of 8-bit samples, row by row without gaps.
#[derive(Debug, Clone, Copy)]
pub struct Plane<'a> {
    /// Samples in a row, at least 1.
    pub width: u32,
    /// Rows, at least 1.
    pub height: u32,
    /// `width` × `height` samples.
    pub samples: &'a [u8],
}

/// An encoded key frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coded {
    /// Open bitstream units (AV1 specification, section 5): the sequence header and one frame.
    pub units: Vec<u8>,
    /// The decoded planes, of the sizes of the given ones.
    pub shown: Vec<Vec<u8>>,
}

/// Why a frame could not be encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The planes do not form a picture: their number, sizes or samples.
    Planes,
    /// libaom refused, with its words for it.
    Library(String),
}

impl std::fmt::Display for Fault {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Planes => formatter.write_str("the planes do not form a picture"),
            Self::Library(reason) => write!(formatter, "libaom: {reason}"),
        }
    }
}

impl std::error::Error for Fault {}

/// How much smaller the planes of chroma are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sampling {
    /// There are none.
    Luma,
    /// Half in width and height, rounded up.
    Half,
    /// Not at all.
    Full,
}

/// The longest side of a frame in AV1.
const LONGEST: u32 = 65_536;

/// How the planes of a picture are sampled, if they form one.
pub(crate) fn sampling(planes: &[Plane<'_>]) -> Option<Sampling> {
    let fits = |plane: &Plane<'_>| {
        let samples = u64::from(plane.width) * u64::from(plane.height);
        (1..=LONGEST).contains(&plane.width)
            && (1..=LONGEST).contains(&plane.height)
            && samples == plane.samples.len() as u64
    };
    if !planes.iter().all(fits) {
        return None;
    }
    let size = |plane: &Plane<'_>| (plane.width, plane.height);
    match planes {
        [_] => Some(Sampling::Luma),
        [luma, blue, red] if size(blue) == size(red) => {
            let (width, height) = size(luma);
            let half = (width.div_ceil(2), height.div_ceil(2));
            // Chroma of one sample by one is both.
            if size(blue) == size(luma) {
                Some(Sampling::Full)
            } else {
                (size(blue) == half).then_some(Sampling::Half)
            }
        }
        _ => None,
    }
}
