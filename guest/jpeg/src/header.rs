//! The header of a file, up to the first scan.

use crate::error::Error;

/// How the components make a colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColorModel {
    /// One component.
    Gray,
    /// JFIF's full-range YCbCr.
    YCbCr,
    /// RGB, not transformed.
    Rgb,
    /// CMYK, not transformed.
    Cmyk,
    /// YCCK: the complements of CMY as YCbCr, and black.
    Ycck,
}

/// A colour component from the frame header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Component {
    /// Its identifier in scans.
    pub id: u8,
    /// Horizontal sampling factor, 1 to 4.
    pub horizontal: u8,
    /// Vertical sampling factor, 1 to 4.
    pub vertical: u8,
    /// Its quantisation table, 0 to 3.
    pub(crate) table: u8,
}

/// A picture's properties, known before decoding.
#[derive(Clone, Debug)]
pub struct Header {
    /// Width in pixels, 1 to 65,535.
    pub width: u32,
    /// Height in pixels, 1 to 65,535.
    pub height: u32,
    /// One, three or four.
    pub components: Vec<Component>,
    /// Whether the file is progressive, and so must be read completely before the first row.
    pub progressive: bool,
    /// How the components make a colour, by libjpeg's rules.
    pub color: ColorModel,
    /// An Adobe marker is present: four-component pictures then store inverted inks
    /// (255 is none).
    pub inverted: bool,
    /// The first Exif segment's TIFF payload.
    pub exif: Option<Vec<u8>>,
    /// The first XMP packet.
    pub xmp: Option<Vec<u8>>,
    /// The first segment of Photoshop's image resources, which include IPTC.
    pub photoshop: Option<Vec<u8>>,
    /// The ICC profile, assembled from its segments.
    pub icc: Option<Vec<u8>>,
}

impl Header {
    /// The largest horizontal and vertical sampling factors.
    pub(crate) fn max_sampling(&self) -> (u32, u32) {
        let max = |f: fn(&Component) -> u8| self.components.iter().map(f).max().unwrap_or(1).into();
        (max(|c| c.horizontal), max(|c| c.vertical))
    }
}

/// The frame header's fields (T.81, B.2.2).
pub(crate) struct FrameHeader {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) components: Vec<Component>,
    pub(crate) progressive: bool,
}

impl FrameHeader {
    /// Reads the payload of SOF`marker`.
    pub(crate) fn parse(marker: u8, data: &[u8]) -> Result<Self, Error> {
        match marker {
            0xc0..=0xc2 => {}
            0xc3 | 0xc7 | 0xcb | 0xcf => return Err(Error::Unsupported("lossless")),
            0xc5 | 0xc6 | 0xcd | 0xce => return Err(Error::Unsupported("hierarchical")),
            _ => return Err(Error::Unsupported("arithmetic coding")),
        }
        let &[precision, h1, h0, w1, w0, count, ref rest @ ..] = data else {
            return Err(Error::Malformed("the frame header is cut off"));
        };
        if precision != 8 {
            return Err(Error::Unsupported("samples of other than 8 bits"));
        }
        let (width, height) = (u16::from_be_bytes([w1, w0]), u16::from_be_bytes([h1, h0]));
        if width == 0 {
            return Err(Error::Malformed("the width is 0"));
        }
        if height == 0 {
            return Err(Error::Unsupported("a height that only follows the picture (DNL)"));
        }
        let count = usize::from(count);
        if !matches!(count, 1 | 3 | 4) {
            return Err(Error::Unsupported("other than 1, 3 or 4 components"));
        }
        let (specs, _) = rest.as_chunks::<3>();
        let specs = specs.get(..count).ok_or(Error::Malformed("the frame header is cut off"))?;
        let mut components: Vec<Component> = Vec::new();
        for &[id, sampling, table] in specs {
            let (horizontal, vertical) = (sampling >> 4, sampling & 15);
            if !(1..=4).contains(&horizontal) || !(1..=4).contains(&vertical) || table > 3 {
                return Err(Error::Malformed("a component's sampling or table is out of range"));
            }
            components.push(Component { id, horizontal, vertical, table });
        }
        if let [only] = components.as_mut_slice() {
            // A lone component is its own maximum, whatever factors it declares (T.81, A.2.2).
            (only.horizontal, only.vertical) = (1, 1);
        }
        Ok(Self {
            width: width.into(),
            height: height.into(),
            components,
            progressive: marker == 0xc2,
        })
    }
}

/// Keeps the data after `name`, if it is the first of its kind.
fn keep(kept: &mut Option<Vec<u8>>, data: &[u8], name: &[u8]) {
    if kept.is_none() {
        *kept = data.strip_prefix(name).map(<[u8]>::to_vec);
    }
}

/// The minimum size of a JFIF segment.
const JFIF: usize = 14;

/// The application segments.
#[derive(Default)]
pub(crate) struct Application {
    jfif: bool,
    adobe: Option<u8>,
    exif: Option<Vec<u8>>,
    xmp: Option<Vec<u8>>,
    photoshop: Option<Vec<u8>>,
    icc: Vec<(u8, Vec<u8>)>,
    icc_count: u8,
    icc_bytes: usize,
}

impl Application {
    /// Colour profiles have some KB, rarely 1 MB; larger ones are ignored.
    const MAX_ICC: usize = 4 << 20;

    /// Reads APP`n`.
    pub(crate) fn note(&mut self, n: u8, data: &[u8]) {
        if n == 0 && data.starts_with(b"JFIF\0") && data.len() >= JFIF {
            self.jfif = true;
        } else if n == 1 {
            keep(&mut self.exif, data, b"Exif\0\0");
            keep(&mut self.xmp, data, b"http://ns.adobe.com/xap/1.0/\0");
        } else if n == 13 {
            keep(&mut self.photoshop, data, b"Photoshop 3.0\0");
        } else if n == 2 {
            if let Some(&[index, count, ref part @ ..]) = data.strip_prefix(b"ICC_PROFILE\0") {
                self.icc_bytes += part.len();
                if self.icc_bytes <= Self::MAX_ICC {
                    self.icc.push((index, part.to_vec()));
                    self.icc_count = count;
                }
            }
        } else if n == 14
            && let Some(&[_, _, _, _, _, _, transform, ..]) = data.strip_prefix(b"Adobe")
        {
            self.adobe = Some(transform);
        }
    }

    /// The profile, if every segment of it is there exactly once.
    fn profile(&mut self) -> Option<Vec<u8>> {
        self.icc.sort_by_key(|(index, _)| *index);
        let whole = self.icc_bytes <= Self::MAX_ICC
            && self.icc.len() == usize::from(self.icc_count)
            && self.icc.iter().zip(1u8..).all(|((index, _), expected)| *index == expected);
        let parts = std::mem::take(&mut self.icc);
        (whole && !parts.is_empty()).then(|| parts.into_iter().flat_map(|(_, p)| p).collect())
    }

    /// Libjpeg's rules (`default_decompress_parms`).
    fn color(&self, components: &[Component]) -> ColorModel {
        let ids: Vec<u8> = components.iter().map(|c| c.id).collect();
        match (ids.as_slice(), self.adobe) {
            ([_], _) => ColorModel::Gray,
            ([_, _, _], _) if self.jfif => ColorModel::YCbCr,
            ([_, _, _], Some(0)) => ColorModel::Rgb,
            ([_, _, _], Some(_)) => ColorModel::YCbCr,
            (b"RGB", None) => ColorModel::Rgb,
            ([_, _, _], None) => ColorModel::YCbCr,
            (_, None | Some(0)) => ColorModel::Cmyk,
            (_, Some(_)) => ColorModel::Ycck,
        }
    }

    /// Assembles the header.
    pub(crate) fn header(mut self, frame: FrameHeader) -> Header {
        Header {
            width: frame.width,
            height: frame.height,
            color: self.color(&frame.components),
            inverted: self.adobe.is_some(),
            icc: self.profile(),
            exif: self.exif,
            xmp: self.xmp,
            photoshop: self.photoshop,
            progressive: frame.progressive,
            components: frame.components,
        }
    }
}
