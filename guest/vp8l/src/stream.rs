//! Writing a picture's tokens.

use crate::bits::BitWriter;
use crate::coded::Coded;
use crate::groups::Groups;
use crate::histogram::LENGTHS;
use crate::prefix::Code;
use crate::symbol::Symbol;

/// Write the picture itself, whose codes can differ between parts.
pub(crate) fn write(pixels: &[u32], width: usize, out: &mut BitWriter) {
    let coded = Coded::new(pixels, width);
    let groups = Groups::new(pixels, width, &coded);
    write_cache(&coded, out);
    out.put(u32::from(groups.histograms.len() > 1), 1);
    if groups.histograms.len() > 1 {
        out.put(groups.bits - 2, 3);
        // The number is in red and green; there are so few that green suffices.
        let map = groups.map.iter().map(|&group| 0xff00_0000 | u32::from(group) << 8);
        write_small(&map.collect::<Vec<u32>>(), groups.across, out);
    }
    write_tokens(&coded, pixels, width, &groups, out);
}

/// Write an auxiliary picture for a transform or the groups.
pub(crate) fn write_small(pixels: &[u32], width: usize, out: &mut BitWriter) {
    let coded = Coded::new(pixels, width);
    write_cache(&coded, out);
    write_tokens(&coded, pixels, width, &Groups::one(pixels, &coded), out);
}

fn write_cache(coded: &Coded, out: &mut BitWriter) {
    out.put(u32::from(coded.cache > 0), 1);
    if coded.cache > 0 {
        out.put(coded.cache, 4);
    }
}

fn write_tokens(coded: &Coded, pixels: &[u32], width: usize, groups: &Groups, out: &mut BitWriter) {
    let mut writers = Vec::with_capacity(groups.histograms.len());
    for histogram in &groups.histograms {
        writers.push(histogram.alphabets().map(|counts| {
            let code = Code::new(counts);
            code.write(out);
            code.writer()
        }));
    }
    coded.each(pixels, |at, symbol| {
        let [green, red, blue, opacity, distances] = &writers[groups.of(at, width)];
        let put = |(word, length): (u16, u8), out: &mut BitWriter| {
            out.put(u32::from(word), u32::from(length));
        };
        match symbol {
            Symbol::Literal(pixel) => {
                let [b, g, r, a] = pixel.to_le_bytes().map(usize::from);
                put(green[g], out);
                put(red[r], out);
                put(blue[b], out);
                put(opacity[a], out);
            }
            Symbol::Cached(index) => put(green[256 + LENGTHS + index], out),
            Symbol::Copy { length, distance } => {
                put(green[256 + length.symbol as usize], out);
                out.put(length.extra, length.bits);
                put(distances[distance.symbol as usize], out);
                out.put(distance.extra, distance.bits);
            }
        }
    });
}
