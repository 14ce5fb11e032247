//! The media type that the bytes have.

/// How many bytes of a picture [`sniff`] looks at.
pub const SNIFF_BYTES: usize = 512;

/// The media type that a file's first bytes tell, whatever its name says.
pub fn sniff(head: &[u8]) -> &'static str {
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
}
