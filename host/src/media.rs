//! Detects media types from bytes.

/// The number of bytes that [`sniff`] needs.
pub const SNIFF_BYTES: usize = 512;

/// The media type of a file, from its first bytes.
pub fn sniff(head: &[u8]) -> &'static str {
    if let Some(media_type) = sniff_heif(head) {
        return media_type;
    }
    if let Some(kind) = infer::get(head) {
        return kind.mime_type();
    }
    let text = head.trim_ascii_start();
    if text.starts_with(b"<svg") || (text.starts_with(b"<?xml") && contains(text, b"<svg")) {
        return "image/svg+xml";
    }
    if !head.is_empty() && std::str::from_utf8(head).is_ok() && !head.contains(&0) {
        return "text/plain";
    }
    "application/octet-stream"
}

/// The media type of a picture that cannot be read, by what its uploader declared.
pub fn declared(content_type: &str) -> &'static str {
    const KNOWN: [&str; 9] = [
        "image/jpeg",
        "image/png",
        "image/webp",
        "image/gif",
        "image/avif",
        "image/heic",
        "image/heif",
        "image/tiff",
        "image/bmp",
    ];
    let known = KNOWN.into_iter().find(|known| content_type.eq_ignore_ascii_case(known));
    known.unwrap_or("application/octet-stream")
}

/// The media type of a picture in a HEIF container. Any of its brands can name the codec: the first
/// one is often `mif1` or `msf1`, which only mean a picture or a sequence.
fn sniff_heif(head: &[u8]) -> Option<&'static str> {
    if head.get(4..8) != Some(b"ftyp") {
        return None;
    }
    let length = u32::from_be_bytes(*head.first_chunk()?);
    let length = usize::try_from(length).ok()?.min(head.len());
    // The second four bytes are a version.
    let brands = head.get(8..length)?.as_chunks::<4>().0.iter().enumerate();
    let brands = || brands.clone().filter(|(at, _)| *at != 1).map(|(_, brand)| brand);
    let has = |names: &[&[u8; 4]]| brands().any(|brand| names.contains(&brand));
    if has(&[b"avif", b"avis"]) {
        Some("image/avif")
    } else if has(&[b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"]) {
        Some("image/heic")
    } else if has(&[b"mif1", b"msf1"]) {
        Some("image/heif")
    } else {
        None
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_tell() {
        assert_eq!(sniff(b"\xff\xd8\xff\xe0\0\x10JFIF"), "image/jpeg");
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\n"), "image/png");
        assert_eq!(sniff(b"RIFF\0\0\0\0WEBPVP8 "), "image/webp");
        assert_eq!(sniff(b"GIF89a"), "image/gif");
        assert_eq!(sniff(b"<svg xmlns='x'>"), "image/svg+xml");
        assert_eq!(sniff(b"hello"), "text/plain");
        assert_eq!(sniff(b""), "application/octet-stream");
        assert_eq!(sniff(b"\0\x01\x02"), "application/octet-stream");
    }

    #[test]
    fn all_brands_of_a_heif_file_tell() {
        for (head, media_type) in [
            (&b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"[..], "image/heic"),
            (b"\0\0\0\x18ftypheix\0\0\0\0mif1heix", "image/heic"),
            (b"\0\0\0\x1cftypmif1\0\0\0\0mif1miafheic", "image/heic"),
            (b"\0\0\0\x18ftypmsf1\0\0\0\0hevcmsf1", "image/heic"),
            (b"\0\0\0\x10ftyphevc\0\0\0\0", "image/heic"),
            (b"\0\0\0\x1cftypmif1\0\0\0\0mif1miafavif", "image/avif"),
            (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf", "image/avif"),
            (b"\0\0\0\x14ftypmif1\0\0\0\0miaf", "image/heif"),
            // The version is not a brand, nor is data after the brands.
            (b"\0\0\0\x10ftypmif1avifheic", "image/heif"),
        ] {
            assert_eq!(sniff(head), media_type, "{head:?}");
        }
        assert_ne!(sniff(b"\0\0\0\x18ftypisom\0\0\x02\0isommp41"), "image/heif");
        assert_ne!(sniff(b"\0\0\0\x18ftypqt  \0\0\x02\0qt  "), "image/heif");
    }
}
