//! The marker segments that an encoder writes.

use super::code::Code;
use crate::zigzag::NATURAL;

/// The tables of T.81, K.1, in row order: luminance and chrominance.
#[rustfmt::skip]
const QUANT: [[u8; 64]; 2] = [
    [
        16, 11, 10, 16,  24,  40,  51,  61, 12, 12, 14, 19,  26,  58,  60,  55,
        14, 13, 16, 24,  40,  57,  69,  56, 14, 17, 22, 29,  51,  87,  80,  62,
        18, 22, 37, 56,  68, 109, 103,  77, 24, 35, 55, 64,  81, 104, 113,  92,
        49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103,  99,
    ],
    [
        17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99,
        24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
        99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
        99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    ],
];

/// Both tables at a quality of 1 to 100, by libjpeg's scale.
pub(crate) fn quant_tables(quality: u8) -> [[u8; 64]; 2] {
    let quality = u32::from(quality.clamp(1, 100));
    let percent = if quality < 50 { 5000 / quality } else { 200 - 2 * quality };
    let scale = |q: u8| ((u32::from(q) * percent + 50) / 100).clamp(1, 255) as u8;
    QUANT.map(|table| table.map(scale))
}

/// Appends a segment. A payload of more than 65,533 bytes is cut; callers check theirs.
pub(crate) fn segment(out: &mut Vec<u8>, marker: u8, parts: &[&[u8]]) {
    let len: usize = 2 + parts.iter().map(|p| p.len()).sum::<usize>();
    let [high, low] = u16::try_from(len).unwrap_or(u16::MAX).to_be_bytes();
    out.extend_from_slice(&[0xff, marker, high, low]);
    for part in parts {
        out.extend_from_slice(part);
    }
}

/// SOI and JFIF, with square pixels.
pub(crate) fn start(out: &mut Vec<u8>) {
    out.extend_from_slice(&[0xff, 0xd8]);
    segment(out, 0xe0, &[b"JFIF\0", &[1, 1, 0, 0, 1, 0, 1, 0, 0]]);
}

/// An ICC profile, in as many segments as it takes (ICC.1:2010, B.4).
pub(crate) fn icc(out: &mut Vec<u8>, profile: &[u8]) {
    let parts = profile.chunks(MAX_ICC_PART);
    let count = parts.len() as u8;
    for (index, part) in (1u8..).zip(parts) {
        segment(out, 0xe2, &[b"ICC_PROFILE\0", &[index, count], part]);
    }
}

/// Bytes of a profile that fit into one segment.
pub(crate) const MAX_ICC_PART: usize = 65_533 - 14;

/// DQT for one or two tables.
pub(crate) fn quantisation(out: &mut Vec<u8>, tables: &[[u8; 64]]) {
    for (i, table) in (0u8..).zip(tables) {
        let ordered = NATURAL.map(|at| table[usize::from(at)]);
        segment(out, 0xdb, &[&[i], &ordered]);
    }
}

/// DHT for any number of codes, each with its class and number.
pub(crate) fn huffman(out: &mut Vec<u8>, codes: &[(u8, &Code)]) {
    let mut payload = Vec::new();
    for (place, code) in codes {
        payload.push(*place);
        payload.extend_from_slice(&code.counts);
        payload.extend_from_slice(&code.symbols);
    }
    segment(out, 0xc4, &[&payload]);
}

/// SOF: `sampling` has a byte for each component.
pub(crate) fn frame(out: &mut Vec<u8>, progressive: bool, size: (u16, u16), sampling: &[u8]) {
    let ([h1, h0], [w1, w0]) = (size.1.to_be_bytes(), size.0.to_be_bytes());
    let mut payload = vec![8, h1, h0, w1, w0, sampling.len() as u8];
    for (id, &factors) in (1u8..).zip(sampling) {
        payload.extend_from_slice(&[id, factors, u8::from(id > 1)]);
    }
    segment(out, if progressive { 0xc2 } else { 0xc0 }, &[&payload]);
}

/// SOS: the components' places in the frame, the band, and the bit positions.
pub(crate) fn scan(out: &mut Vec<u8>, components: &[u8], band: (u8, u8), bits: (u8, u8)) {
    let mut payload = vec![components.len() as u8];
    for &c in components {
        payload.extend_from_slice(&[c + 1, if c == 0 { 0x00 } else { 0x11 }]);
    }
    payload.extend_from_slice(&[band.0, band.1, bits.0 << 4 | bits.1]);
    segment(out, 0xda, &[&payload]);
}
