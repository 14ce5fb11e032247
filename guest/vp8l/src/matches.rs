//! Finding the longest copies.

use crate::token::{FARTHEST, LONGEST, Token};

/// Pixels that are hashed together.
const HASHED: usize = 4;
/// A copy of this length is taken without looking for a longer one.
const ENOUGH: usize = 128;
/// The bits of an index into the ring of positions.
const RING_BITS: u32 = 20;

/// For each pixel the copy that begins there, or [`Token::PIXEL`]. `depth` is the number of
/// positions with the same hash to try.
pub(crate) fn find(pixels: &[u32], width: usize, depth: usize) -> Vec<Token> {
    let mut found = vec![Token::PIXEL; pixels.len()];
    let bits = (pixels.len().ilog2() + 1).clamp(8, 18);
    let mut heads = vec![0_u32; 1 << bits];
    let ring = pixels.len().next_power_of_two().min(1 << RING_BITS);
    // One more than the previous position with the same hash.
    let mut before = vec![0_u32; ring];
    let mut carried = (0, 0);
    for at in 0..pixels.len().saturating_sub(HASHED - 1) {
        let head = &mut heads[hash(&pixels[at..at + HASHED]) >> (32 - bits)];
        let mut place = std::mem::replace(head, at as u32 + 1) as usize;
        before[at & (ring - 1)] = place as u32;
        let (mut length, mut distance) = carried;
        if length < ENOUGH {
            for near in [width, 1] {
                let reach = if near <= at { common(pixels, at - near, at) } else { 0 };
                if reach > length {
                    (length, distance) = (reach, near);
                }
            }
            for _ in 0..depth {
                if place == 0 || at - (place - 1) > FARTHEST || length >= ENOUGH {
                    break;
                }
                let from = place - 1;
                let longer = pixels.get(at + length) == pixels.get(from + length);
                let reach = if longer { common(pixels, from, at) } else { 0 };
                if reach > length {
                    (length, distance) = (reach, at - from);
                }
                let next = before[from & (ring - 1)] as usize;
                // The entry has been overwritten.
                place = if next >= place { 0 } else { next };
            }
        }
        carried = (length.saturating_sub(1), distance);
        if length >= HASHED - 1 && distance > 0 {
            found[at] = Token::copy(length, distance);
        }
    }
    found
}

fn hash(pixels: &[u32]) -> usize {
    let mixed = pixels
        .iter()
        .fold(0_u32, |hash, &pixel| (hash.rotate_left(5) ^ pixel).wrapping_mul(0x9e37_79b1));
    (mixed ^ mixed >> 15).wrapping_mul(0x85eb_ca6b) as usize
}

/// The number of equal pixels from two positions on.
#[inline]
fn common(pixels: &[u32], from: usize, at: usize) -> usize {
    let here = &pixels[at..pixels.len().min(at + LONGEST)];
    here.iter().zip(&pixels[from..]).take_while(|(a, b)| a == b).count()
}
