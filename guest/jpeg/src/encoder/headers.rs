//! The marker segments that an encoder writes.

use super::code::Code;
use crate::zigzag::NATURAL;

/// Divisors of luminance and chrominance in row order, at half of the scale: those with the best
/// SSIMULACRA2 of photographs at equal bytes. They are flatter than those of T.81, K.1, and finest
/// for DC, where steps show as blocks and bands.
#[rustfmt::skip]
const QUANT: [[u8; 64]; 2] = [
    [
        11, 14, 25, 33, 36, 39, 44, 49, 14, 19, 27, 33, 36, 40, 44, 49,
        25, 27, 32, 35, 37, 41, 45, 51, 33, 33, 35, 36, 39, 43, 47, 53,
        36, 36, 37, 39, 42, 46, 50, 55, 39, 40, 41, 43, 46, 49, 54, 59,
        44, 44, 45, 47, 50, 54, 58, 62, 49, 49, 51, 53, 55, 59, 62, 66,
    ],
    [
        11, 17, 24, 28, 46, 58, 60, 65, 17, 20, 25, 31, 49, 58, 60, 66,
        24, 25, 27, 39, 56, 59, 61, 68, 28, 31, 39, 51, 58, 60, 63, 71,
        46, 49, 56, 58, 59, 61, 67, 74, 58, 58, 59, 60, 61, 66, 72, 79,
        60, 60, 61, 63, 67, 72, 78, 84, 65, 66, 68, 71, 74, 79, 84, 90,
    ],
];

/// Both tables at a quality of 1 to 100. A number means the same as in libjpeg: photographs have
/// the same SSIMULACRA2.
pub(crate) fn quant_tables(quality: u8) -> [[u8; 64]; 2] {
    let quality = u32::from(quality.clamp(1, 100));
    let percent = if quality < 50 { 5000 / quality } else { 200 - 2 * quality };
    // Measured: at high qualities, the tables can be coarser than on libjpeg's scale.
    let thousandths = 960 + 9 * quality.saturating_sub(80);
    let scale = |q: u8| {
        let scaled = (u32::from(q) * percent * thousandths + 50_000) / 100_000;
        scaled.clamp(1, 255) as u8
    };
    QUANT.map(|table| table.map(scale))
}

/// Appends a segment. A payload of more than 65,533 bytes is truncated; callers check theirs.
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

/// An ICC profile, in as many segments as needed (ICC.1:2010, B.4).
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

/// SOF: `sampling` has a byte per component.
pub(crate) fn frame(out: &mut Vec<u8>, progressive: bool, size: (u16, u16), sampling: &[u8]) {
    let ([h1, h0], [w1, w0]) = (size.1.to_be_bytes(), size.0.to_be_bytes());
    let mut payload = vec![8, h1, h0, w1, w0, sampling.len() as u8];
    for (id, &factors) in (1u8..).zip(sampling) {
        payload.extend_from_slice(&[id, factors, u8::from(id > 1)]);
    }
    segment(out, if progressive { 0xc2 } else { 0xc0 }, &[&payload]);
}

/// SOS: the components' places in the frame, and the band.
pub(crate) fn scan(out: &mut Vec<u8>, components: &[u8], band: (u8, u8)) {
    let mut payload = vec![components.len() as u8];
    for &c in components {
        payload.extend_from_slice(&[c + 1, if c == 0 { 0x00 } else { 0x11 }]);
    }
    payload.extend_from_slice(&[band.0, band.1, 0]);
    segment(out, 0xda, &[&payload]);
}
