//! File formats, told by their bytes: a name can lie.

use obscura_sdk::Error;

/// How many of the first bytes [`Format::sniff`] wants to see.
pub(crate) const HEAD: usize = 512;

/// A format that is read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Jpeg,
    Png,
    Webp,
    Gif,
}

impl Format {
    /// Its media type.
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
        }
    }

    /// The largest width or height that is written.
    pub(crate) fn max_side(self) -> u32 {
        match self {
            Self::Webp => 16383,
            Self::Jpeg | Self::Png | Self::Gif => 65535,
        }
    }

    /// The format of a file that starts with `head`.
    pub(crate) fn sniff(head: &[u8]) -> Result<Self, Error> {
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
        } else {
            Err(Error::UnsupportedFormat(format!(
                "this is {}; upload a JPEG, PNG, WebP or GIF picture instead",
                name_of(head)
            )))
        }
    }
}

/// Signatures of files that are not read here, and what they are. The first
/// that fits counts; `?` stands for any byte.
const FOREIGN: [(&[u8], &str); 37] = [
    (b"????ftypavif", "an AVIF picture"),
    (b"????ftypavis", "an AVIF picture"),
    (b"????ftyphei", HEIC),
    (b"????ftyphev", HEIC),
    (b"????ftypmif1", HEIC),
    (b"????ftypmsf1", HEIC),
    (b"????ftypcrx ", "a camera's raw file (CR3)"),
    (b"????ftyp", "a video"),
    (b"\x1aE\xdf\xa3", "a video"),
    (b"II*\0????CR", "a camera's raw file (CR2)"),
    (b"II*\0", TIFF),
    (b"MM\0*", TIFF),
    (b"IIRO", "a camera's raw file (ORF)"),
    (b"IIRS", "a camera's raw file (ORF)"),
    (b"IIU\0", "a camera's raw file (RW2)"),
    (b"FUJIFILM", "a camera's raw file (RAF)"),
    (b"BM", "a BMP picture"),
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

const HEIC: &str =
    "a HEIC picture (an iPhone sends JPEG with Settings, Camera, Formats, Most Compatible)";
const TIFF: &str = "a TIFF picture or a camera's raw file (DNG, NEF, ARW)";

/// What a file is that is not read here.
fn name_of(head: &[u8]) -> &'static str {
    let fits = |signature: &[u8]| {
        signature.len() <= head.len()
            && signature.iter().zip(head).all(|(&sign, &byte)| sign == b'?' || sign == byte)
    };
    if let Some((_, name)) = FOREIGN.iter().find(|(signature, _)| fits(signature)) {
        return name;
    }
    match std::str::from_utf8(text_of(head)) {
        Ok(text) if is_svg(text) => "an SVG drawing",
        Ok(_) => "a text file",
        Err(_) => "not a picture that is known here",
    }
}

/// The part that can be told to be text: a cut character or NUL ends it.
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
    fn foreign_formats_are_named() {
        for (head, name) in [
            (&b"\0\0\0\x18ftypheic\0\0\0\0"[..], "HEIC"),
            (b"\0\0\0\x1cftypavif\0\0\0\0", "AVIF"),
            (b"\0\0\0\x1cftypisom\0\0\0\0", "video"),
            (b"<?xml version=\"1.0\"?>\n<svg xmlns=\"\">", "SVG"),
            (b"<svg/>", "SVG"),
            (b"II*\0\x08\0\0\0", "TIFF"),
            (b"II*\0\x10\0\0\0CR\x02\0", "CR2"),
            (b"%PDF-1.7", "PDF"),
            (b"BM\x36\0\0\0", "BMP"),
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
    fn an_empty_object_says_so() {
        assert!(matches!(Format::sniff(b""), Err(Error::Malformed(m)) if m.contains("empty")));
    }
}
