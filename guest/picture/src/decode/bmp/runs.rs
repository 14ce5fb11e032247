//! Run-length encoding (RLE4, RLE8, and RLE24 of OS/2).

use super::header::Header;

/// The decoded rows, with 8 or 24 bits per pixel, and whether there was an end marker. Skipped
/// pixels are 0.
pub(super) fn unpack(header: &Header<'_>) -> (Vec<u8>, bool) {
    let (width, height) = (header.size.width as usize, header.size.height as usize);
    let channels = if header.bits == 24 { 3 } else { 1 };
    let mut out = vec![0; width * height * channels];
    let (mut x, mut y) = (0, 0);
    let mut bytes = header.pixels;
    let mut put = |x: usize, y: usize, pixel: &[u8]| {
        if x < width {
            let at = (y * width + x) * channels;
            if let Some(to) = out.get_mut(at..at + channels) {
                to.iter_mut().zip(pixel).for_each(|(to, from)| *to = *from);
            }
        }
    };
    let half = |byte: u8, n: usize| if n.is_multiple_of(2) { byte >> 4 } else { byte & 15 };
    while y < height {
        let Some((&[count, value], rest)) = bytes.split_first_chunk() else {
            return (out, false);
        };
        bytes = rest;
        match (count, value) {
            (0, 0) => (x, y) = (0, y + 1),
            (0, 1) => return (out, true),
            (0, 2) => {
                let Some((&[right, down], rest)) = bytes.split_first_chunk() else {
                    return (out, false);
                };
                bytes = rest;
                (x, y) = (x + usize::from(right), y + usize::from(down));
            }
            // Literal pixels, padded to 16 bits.
            (0, count) => {
                let count = usize::from(count);
                let length = (count * header.bits as usize).div_ceil(8);
                let plain = bytes.get(..length.min(bytes.len())).unwrap_or(&[]);
                for n in 0..count {
                    match header.bits {
                        4 => put(x + n, y, &[half(plain.get(n / 2).copied().unwrap_or(0), n)]),
                        8 => put(x + n, y, plain.get(n..n + 1).unwrap_or(&[])),
                        _ => put(x + n, y, plain.get(n * 3..n * 3 + 3).unwrap_or(&[])),
                    }
                }
                x += count;
                let Some(rest) = bytes.get(length.next_multiple_of(2)..) else {
                    return (out, plain.len() == length && y + 1 == height);
                };
                bytes = rest;
            }
            (count, value) => {
                let mut pixel = [value, 0, 0];
                if channels == 3 {
                    let Some((&[g, r], rest)) = bytes.split_first_chunk() else {
                        return (out, false);
                    };
                    (pixel, bytes) = ([value, g, r], rest);
                }
                for n in 0..usize::from(count) {
                    let value = if header.bits == 4 { half(value, n) } else { value };
                    put(x + n, y, &[value, pixel[1], pixel[2]]);
                }
                x += usize::from(count);
            }
        }
    }
    (out, true)
}
