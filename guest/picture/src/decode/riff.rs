//! Checks WebP's chunks before decoding: the decoder fails if a frame's picture has another size
//! than announced.

/// Whether every lossy picture in a WebP file has the size of its frame or canvas.
pub(super) fn sizes_agree(file: &[u8]) -> bool {
    let mut canvas = None;
    chunks(file.get(12..).unwrap_or(&[])).all(|(name, body)| match name {
        b"VP8X" => {
            canvas = size_at(body, 4);
            true
        }
        b"VP8 " => agrees(body, canvas),
        b"ANMF" => {
            let frame = size_at(body, 6);
            let mut parts = chunks(body.get(16..).unwrap_or(&[]));
            parts.all(|(name, body)| name != b"VP8 " || agrees(body, frame))
        }
        _ => true,
    })
}

/// The names and bodies of the complete chunks.
pub fn chunks(mut rest: &[u8]) -> impl Iterator<Item = (&[u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let (name, after) = rest.split_first_chunk::<4>()?;
        let (length, after) = after.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let body = after.get(..length.min(after.len()))?;
        rest = after.get(length.saturating_add(length % 2)..).unwrap_or(&[]);
        Some((name, body))
    })
}

/// Width and height minus one, in three bytes each.
fn size_at(body: &[u8], at: usize) -> Option<(u32, u32)> {
    let &[a, b, c, d, e, f] = body.get(at..at + 6)?.as_array::<6>()?;
    Some((u32::from_le_bytes([a, b, c, 0]) + 1, u32::from_le_bytes([d, e, f, 0]) + 1))
}

/// Whether a VP8 picture has this size. One without a header is left to the decoder.
fn agrees(vp8: &[u8], size: Option<(u32, u32)>) -> bool {
    let (Some(size), Some(&[_, _, _, 0x9d, 0x01, 0x2a, a, b, c, d])) =
        (size, vp8.first_chunk::<10>())
    else {
        return true;
    };
    let side = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
    (side(a, b), side(c, d)) == size
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_of_another_size_is_seen() {
        let file = |side: u8| {
            let mut file = b"RIFF\0\0\0\0WEBPANMF\x22\0\0\0".to_vec();
            file.extend([0, 0, 0, 0, 0, 0, 7, 0, 0, 7, 0, 0, 0, 0, 0, 0]);
            file.extend(b"VP8 \x0a\0\0\0\0\0\0\x9d\x01\x2a");
            file.extend([side, 0, 8, 0]);
            file
        };
        assert!(sizes_agree(&file(8)));
        assert!(!sizes_agree(&file(9)));
        for end in 0..file(9).len() {
            let _ = sizes_agree(&file(9)[..end]);
        }
    }
}
