//! Files to upload.

/// 640×480.
pub(crate) const GRADIENT: &[u8] = include_bytes!("../pictures/gradient.jpg");
/// Another one, 600×400.
pub(crate) const TURNED: &[u8] = include_bytes!("../pictures/turned.jpg");
/// 320×240.
pub(crate) const GRADIENT_PNG: &[u8] = include_bytes!("../pictures/gradient.png");

/// Bytes that begin like a JPEG file, which suffices for the transform `echo`.
pub(crate) fn jpeg(text: &str) -> Vec<u8> {
    [b"\xff\xd8\xff", text.as_bytes()].concat()
}

/// Bytes that begin like a PNG file.
pub(crate) fn png(text: &str) -> Vec<u8> {
    [b"\x89PNG\r\n\x1a\n", text.as_bytes()].concat()
}

/// A PNG file that declares 65,000 × 65,000 pixels, and has none.
pub(crate) fn huge_png() -> Vec<u8> {
    let mut header = b"IHDR".to_vec();
    header.extend(65_000_u32.to_be_bytes());
    header.extend(65_000_u32.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]);
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    file.extend(13_u32.to_be_bytes());
    file.extend(&header);
    file.extend(crc32(&header).to_be_bytes());
    // The declared 1,000 bytes of data are missing.
    file.extend(1_000_u32.to_be_bytes());
    file.extend(b"IDAT\x78\x9c");
    file
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 }
        })
    })
}
