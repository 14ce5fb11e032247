//! File formats, detected from bytes, not from names.

use obscura_sdk::Error;

use crate::geometry::Size;

/// The number of first bytes that [`Format::sniff`] needs.
pub const HEAD: usize = 512;

/// Whether AVIF is supported: in the components `resize-avif` and `resize-heif`.
pub const AVIF_IS_BUILT_IN: bool = cfg!(feature = "avif");

/// Whether HEIC is supported: in the component `resize-heif`.
pub const HEIC_IS_BUILT_IN: bool = cfg!(feature = "heic");

/// The accepted media types.
pub const ACCEPTED: [&str; Format::READ.len()] = {
    let mut types = [""; Format::READ.len()];
    let mut at = 0;
    while at < types.len() {
        types[at] = Format::READ[at].media_type();
        at += 1;
    }
    types
};

/// A supported format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JPEG.
    Jpeg,
    /// PNG, and APNG.
    Png,
    /// WebP.
    Webp,
    /// GIF.
    Gif,
    /// AVIF, with the feature `avif`.
    Avif,
    /// HEIC, with the feature `heic`; it is not written.
    Heic,
    /// TIFF; it is not written.
    Tiff,
    /// BMP; it is not written.
    Bmp,
}

impl Format {
    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
            Self::Avif => "image/avif",
            Self::Heic => "image/heic",
            Self::Tiff => "image/tiff",
            Self::Bmp => "image/bmp",
        }
    }

    /// The output format for a picture of this format: its own; JPEG for HEIC; PNG for others that
    /// few readers support, or that cannot be written.
    #[must_use]
    pub fn written(self) -> Self {
        match self {
            Self::Jpeg | Self::Png | Self::Webp => self,
            Self::Heic => Self::Jpeg,
            Self::Gif | Self::Avif | Self::Tiff | Self::Bmp => Self::Png,
        }
    }

    /// Whether it supports animation.
    pub fn may_move(self) -> bool {
        matches!(self, Self::Png | Self::Webp | Self::Gif)
    }

    /// The maximum width or height that is written: the limit of readers, which is below the
    /// format's for JPEG (libjpeg's limit) and AVIF (libavif's).
    pub fn max_side(self) -> u32 {
        match self {
            Self::Webp => 16_383,
            Self::Avif => 32_768,
            Self::Jpeg => 65_500,
            Self::Gif | Self::Heic | Self::Tiff | Self::Bmp => 65_535,
            Self::Png => 0x7fff_ffff,
        }
    }

    /// Whether a picture of this size can be written.
    pub fn holds(self, size: Size) -> bool {
        size.width.max(size.height) <= self.max_side()
    }

    /// All readable formats.
    pub const READ: &[Self] = if HEIC_IS_BUILT_IN {
        &[
            Self::Jpeg,
            Self::Png,
            Self::Webp,
            Self::Gif,
            Self::Tiff,
            Self::Bmp,
            Self::Avif,
            Self::Heic,
        ]
    } else if AVIF_IS_BUILT_IN {
        &[Self::Jpeg, Self::Png, Self::Webp, Self::Gif, Self::Tiff, Self::Bmp, Self::Avif]
    } else {
        &[Self::Jpeg, Self::Png, Self::Webp, Self::Gif, Self::Tiff, Self::Bmp]
    };

    /// The format of a file that starts with `head`.
    pub fn sniff(head: &[u8]) -> Result<Self, Error> {
        let is = |signature: &[u8]| head.starts_with(signature);
        if head.is_empty() {
            Err(Error::Malformed("the object is empty; upload the picture again".into()))
        } else if is(b"\xff\xd8\xff") {
            Ok(Self::Jpeg)
        } else if is(b"\x89PNG\r\n\x1a\n") {
            Ok(Self::Png)
        } else if is(b"RIFF") && head.get(8..12) == Some(b"WEBP") {
            Ok(Self::Webp)
        } else if is(b"GIF87a") || is(b"GIF89a") {
            Ok(Self::Gif)
        } else if AVIF_IS_BUILT_IN && is_avif(head) {
            Ok(Self::Avif)
        } else if HEIC_IS_BUILT_IN && is_heic(head) {
            Ok(Self::Heic)
        } else if let Some(name) = raw_of(head) {
            Err(foreign(name))
        } else if is(b"II*\0") || is(b"MM\0*") || is(b"II+\0") || is(b"MM\0+") {
            Ok(Self::Tiff)
        } else if is(b"BM") && bmp_header(head) {
            Ok(Self::Bmp)
        } else {
            Err(foreign(name_of(head)))
        }
    }
}

fn foreign(name: &str) -> Error {
    let read = if HEIC_IS_BUILT_IN {
        "GIF, TIFF, BMP, AVIF or HEIC"
    } else if AVIF_IS_BUILT_IN {
        "GIF, TIFF, BMP or AVIF"
    } else {
        "GIF, TIFF or BMP"
    };
    Error::UnsupportedFormat(format!(
        "this is {name}; upload a JPEG, PNG, WebP, {read} picture instead"
    ))
}

/// Whether the header after the file header of 14 bytes has one of BMP's sizes: `BM` alone is too
/// common in text.
fn bmp_header(head: &[u8]) -> bool {
    let length = head.get(14..18).and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes);
    matches!(length, Some(12 | 16 | 40 | 52 | 56 | 64 | 108 | 124))
}

/// Signatures of unsupported formats. The first match counts; `?` matches any byte.
const FOREIGN: [(&[u8], &str); 28] = [
    (b"????ftypcrx ", "a camera's raw file (CR3)"),
    (b"????ftyp", "a video"),
    (b"\x1aE\xdf\xa3", "a video"),
    (b"IIRO", "a camera's raw file (ORF)"),
    (b"IIRS", "a camera's raw file (ORF)"),
    (b"IIU\0", "a camera's raw file (RW2)"),
    (b"FUJIFILM", "a camera's raw file (RAF)"),
    (b"BM", "a BMP picture of a kind that is not known here"),
    (b"\0\0\x01\0", "an icon (ICO)"),
    (b"\0\0\x02\0", "a cursor (CUR)"),
    (b"8BPS", "a Photoshop file (PSD)"),
    (b"gimp xcf", "a GIMP file (XCF)"),
    (b"%PDF", "a PDF document"),
    (b"%!PS", "a PostScript file"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    (b"\xff\xd8", "a damaged JPEG picture"),
    (b"\x89PNG", "a damaged PNG picture"),
    (b"RIFF????AVI ", "a video"),
    (b"RIFF????WAVE", "a sound"),
    (b"#?RADIANCE", "a Radiance HDR picture"),
    (b"v/1\x01", "an OpenEXR picture"),
    (b"qoif", "a QOI picture"),
    (b"DDS ", "a DDS texture"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
];

const HEIC: &str = "a HEIC picture (publish the component `resize-heif`, which reads it, and route \
     to it; an iPhone sends JPEG with Settings, Camera, Formats, Most Compatible)";
const AVIF: &str =
    "an AVIF picture (publish the component `resize-avif`, which reads it, and route to it)";
const RAW: &str = "a camera's raw file (develop it, and export JPEG)";

/// Whether a TIFF is a camera's raw file: its marks are near the start. The first picture of such a
/// file is a thumbnail, which must not be rendered as the photograph.
fn raw_of(head: &[u8]) -> Option<&'static str> {
    let big = head.starts_with(b"MM\0*");
    if !big && !head.starts_with(b"II*\0") {
        return None;
    }
    let short = |at: usize| -> Option<u16> {
        let bytes: [u8; 2] = head.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    };
    if head.get(8..10) == Some(b"CR") {
        return Some("a camera's raw file (CR2; develop it, and export JPEG)");
    }
    let long = |at: usize| {
        Some(
            u32::from(short(at)?) << if big { 16 } else { 0 }
                | u32::from(short(at + 2)?) << if big { 0 } else { 16 },
        )
    };
    let directory = usize::try_from(long(4)?).ok()?;
    let entries = usize::from(short(directory)?);
    (0..entries).find_map(|entry| {
        let at = directory.checked_add(2 + entry * 12)?;
        match short(at)? {
            // DNGVersion; or sub-directories and a make, as in NEF, ARW and PEF.
            0xc612 => Some(RAW),
            0x014a if head.windows(5).any(|w| matches!(w, b"NIKON" | b"SONY " | b"PENTA")) => {
                Some(RAW)
            }
            _ => None,
        }
    })
}

/// All brands of an ISO base media file: the first is often `mif1`, which only means a picture.
fn brands(head: &[u8]) -> impl Iterator<Item = &[u8; 4]> {
    let is_media = head.get(4..8) == Some(b"ftyp");
    let length = head.first_chunk().map_or(0, |length| u32::from_be_bytes(*length) as usize);
    let listed = head.get(8..length.min(head.len())).unwrap_or(&[]);
    // The second four bytes are a version.
    let brands = listed.as_chunks::<4>().0.iter().enumerate();
    brands.filter(move |(at, _)| is_media && *at != 1).map(|(_, brand)| brand)
}

fn is_avif(head: &[u8]) -> bool {
    brands(head).any(|brand| matches!(brand, b"avif" | b"avis"))
}

/// Brands of HEVC pictures or sequences, and those of the container only: without an AVIF brand,
/// these count as HEIC.
const HEIC_BRANDS: [&[u8; 4]; 10] =
    [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"];

fn is_heic(head: &[u8]) -> bool {
    !is_avif(head) && brands(head).any(|brand| HEIC_BRANDS.contains(&brand))
}

/// Describes a file of an unsupported format.
fn name_of(head: &[u8]) -> &'static str {
    let fits = |signature: &[u8]| {
        signature.len() <= head.len()
            && signature.iter().zip(head).all(|(&sign, &byte)| sign == b'?' || sign == byte)
    };
    if is_avif(head) {
        return AVIF;
    }
    if is_heic(head) {
        return HEIC;
    }
    if let Some((_, name)) = FOREIGN.iter().find(|(signature, _)| fits(signature)) {
        return name;
    }
    match std::str::from_utf8(text_of(head)) {
        Ok(text) if is_svg(text) => "an SVG drawing",
        Ok(_) => "a text file",
        Err(_) => "not a picture that is known here",
    }
}

/// The prefix that is text: an incomplete character or NUL ends it.
fn text_of(head: &[u8]) -> &[u8] {
    match std::str::from_utf8(head) {
        Err(error) if error.error_len().is_none() => {
            head.get(..error.valid_up_to()).unwrap_or(head)
        }
        _ if head.contains(&0) => &[0xff],
        _ => head,
    }
}

fn is_svg(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    text.starts_with("<svg") || (text.starts_with('<') && text.contains("<svg"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_are_read_are_announced() {
        let types: Vec<&str> = Format::READ.iter().map(|format| format.media_type()).collect();
        assert_eq!(types, ACCEPTED);
    }

    #[test]
    fn foreign_formats_are_named() {
        for (head, name) in [
            (&b"\0\0\0\x1cftypisom\0\0\0\0"[..], "video"),
            (b"<?xml version=\"1.0\"?>\n<svg xmlns=\"\">", "SVG"),
            (b"<svg/>", "SVG"),
            (b"II*\0\x10\0\0\0CR\x02\0", "CR2"),
            (b"%PDF-1.7", "PDF"),
            (b"BM\x36\0\0\0", "BMP"),
            (b"MM\0*\0\0\0\x08\0\x01\xc6\x12\0\x01\0\0\0\x04\x01\x04\0\0", "raw file"),
            (b"hello, I am not a picture\n", "text"),
            (b"\x01\x02\xff\xfe", "not a picture"),
        ] {
            match Format::sniff(head) {
                Err(Error::UnsupportedFormat(message)) => {
                    assert!(message.contains(name), "{message}");
                }
                other => panic!("{name}: {other:?}"),
            }
        }
    }

    #[test]
    fn avif_is_known_by_any_of_its_brands() {
        for head in [
            &b"\0\0\0\x1cftypavif\0\0\0\0"[..],
            b"\0\0\0\x1cftypavis\0\0\0\0avis",
            b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif",
        ] {
            match Format::sniff(head) {
                Ok(format) => assert!(AVIF_IS_BUILT_IN && format == Format::Avif),
                Err(error) => {
                    assert!(!AVIF_IS_BUILT_IN && error.to_string().contains("`resize-avif`"));
                }
            }
        }
    }

    #[test]
    fn heic_is_known_by_any_of_its_brands_unless_it_is_avif() {
        for head in [
            &b"\0\0\0\x18ftypheic\0\0\0\0"[..],
            b"\0\0\0\x18ftypheix\0\0\0\0mif1",
            b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic",
            b"\0\0\0\x10ftypmif1\0\0\0\0",
            b"\0\0\0\x18ftypmsf1\0\0\0\0hevcmif1",
            b"\0\0\0\x10ftyphevc\0\0\0\0",
            // The version is not a brand.
            b"\0\0\0\x10ftypmif1avif",
        ] {
            match Format::sniff(head) {
                Ok(format) => assert!(HEIC_IS_BUILT_IN && format == Format::Heic),
                Err(error) => {
                    assert!(!HEIC_IS_BUILT_IN && error.to_string().contains("`resize-heif`"));
                }
            }
        }
        let both = Format::sniff(b"\0\0\0\x1cftypmif1\0\0\0\0mif1miafavif");
        assert!(if AVIF_IS_BUILT_IN { matches!(both, Ok(Format::Avif)) } else { both.is_err() });
    }

    #[test]
    fn an_empty_object_says_so() {
        assert!(matches!(Format::sniff(b""), Err(Error::Malformed(m)) if m.contains("empty")));
    }
}
