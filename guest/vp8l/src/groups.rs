//! Groups: similar parts of a picture share their codes.

use crate::coded::Coded;
use crate::entropy::Products;
use crate::histogram::Histogram;

/// The largest number of tiles.
const MOST_TILES: usize = 2600;
/// The possible sizes of a tile's side, in bits.
const SIDES: std::ops::RangeInclusive<u32> = 3..=9;
/// The number of rounds in which tiles are reassigned.
const ROUNDS: usize = 2;
/// The largest number of groups that are merged one by one, which takes quadratic time.
const MOST_GROUPS: usize = 64;

/// The codes of a picture, and the tiles that use each.
pub(crate) struct Groups {
    /// The bits of a tile's side.
    pub(crate) bits: u32,
    /// Tiles in a row.
    pub(crate) across: usize,
    /// The group of each tile; empty if there is one group.
    pub(crate) map: Vec<u16>,
    pub(crate) histograms: Vec<Histogram>,
}

impl Groups {
    /// A single group for all tiles.
    pub(crate) fn one(pixels: &[u32], coded: &Coded) -> Self {
        let mut histogram = Histogram::new(coded.cache);
        coded.each(pixels, |_, symbol| {
            histogram.add(symbol);
        });
        Self { bits: 0, across: 0, map: Vec::new(), histograms: vec![histogram] }
    }

    /// As many groups as save more than their codes cost.
    pub(crate) fn new(pixels: &[u32], width: usize, coded: &Coded) -> Self {
        let height = pixels.len() / width;
        let tiles = |bits: u32| width.div_ceil(1 << bits) * height.div_ceil(1 << bits);
        let bits = SIDES.clone().find(|&bits| tiles(bits) <= MOST_TILES).unwrap_or(*SIDES.end());
        let across = width.div_ceil(1 << bits);
        let mut histograms = vec![Histogram::new(coded.cache); tiles(bits)];
        coded.each(pixels, |at, symbol| {
            let (x, y) = (at % width, at / width);
            histograms[(y >> bits) * across + (x >> bits)].add(symbol);
        });
        let mut groups = Self { bits, across, map: Vec::new(), histograms: Vec::new() };
        groups.divide(&histograms);
        groups
    }

    /// The group of the pixel at an index.
    #[inline]
    pub(crate) fn of(&self, at: usize, width: usize) -> usize {
        if self.map.is_empty() {
            return 0;
        }
        let (x, y) = (at % width, at / width);
        usize::from(self.map[(y >> self.bits) * self.across + (x >> self.bits)])
    }

    fn divide(&mut self, tiles: &[Histogram]) {
        let products = Products::new();
        self.histograms = merged(classes(tiles, &products), &products);
        let used: Vec<Tile> = tiles.iter().map(Tile::new).collect();
        for _ in 0..ROUNDS {
            self.map = assigned(&used, &self.histograms);
            self.gather(tiles);
        }
        if self.histograms.len() < 2 {
            self.map.clear();
        }
    }

    /// The groups of the tiles, numbered in the order of appearance.
    fn gather(&mut self, tiles: &[Histogram]) {
        let mut numbers = vec![None; self.histograms.len()];
        self.histograms.clear();
        for (group, tile) in self.map.iter_mut().zip(tiles) {
            let number = *numbers[usize::from(*group)].get_or_insert(self.histograms.len());
            *group = number as u16;
            match self.histograms.get_mut(number) {
                Some(histogram) => histogram.merge(tile),
                None => self.histograms.push(tile.clone()),
            }
        }
    }
}

/// Group tiles by their bits per symbol in green, red and blue.
fn classes(tiles: &[Histogram], products: &Products) -> Vec<Histogram> {
    let measure = |counts: &[u32]| {
        let total: u32 = counts.iter().sum();
        products.bits(counts) / total.max(1) as f32
    };
    let measures: Vec<[f32; 3]> = tiles
        .iter()
        .map(|tile| [measure(tile.green()), measure(tile.red()), measure(tile.blue())])
        .collect();
    let mut classes: Vec<Option<Histogram>> = vec![None; MOST_GROUPS];
    let span = |channel: usize| {
        let values = measures.iter().map(|measure| measure[channel]);
        let (least, most) = values.fold((f32::MAX, 0.0_f32), |(a, b), v| (a.min(v), b.max(v)));
        (least, (most - least).max(0.001))
    };
    let spans = [span(0), span(1), span(2)];
    for (tile, measure) in tiles.iter().zip(&measures) {
        let class = measure.iter().zip(&spans).fold(0, |class, (value, (least, span))| {
            class * 4 + (((value - least) / span * 4.0) as usize).min(3)
        });
        match &mut classes[class] {
            Some(found) => found.merge(tile),
            empty => *empty = Some(tile.clone()),
        }
    }
    classes.into_iter().flatten().collect()
}

/// Merge groups while this makes the picture smaller, the best pair first.
fn merged(mut groups: Vec<Histogram>, products: &Products) -> Vec<Histogram> {
    let Some(first) = groups.first() else { return groups };
    let mut sum = first.clone();
    let mut costs: Vec<f32> = groups.iter().map(|group| group.bits(products)).collect();
    let mut gain = |groups: &[Histogram], costs: &[f32], a: usize, b: usize| {
        costs[a] + costs[b] - groups[a].bits_with(&groups[b], products, &mut sum)
    };
    let mut gains: Vec<Vec<f32>> =
        (0..groups.len()).map(|a| (0..a).map(|b| gain(&groups, &costs, a, b)).collect()).collect();
    loop {
        let pairs = gains.iter().enumerate();
        let pairs = pairs.flat_map(|(a, row)| row.iter().enumerate().map(move |(b, g)| (*g, a, b)));
        let Some((most, a, b)) = pairs.max_by(|x, y| x.0.total_cmp(&y.0)) else { break };
        if most <= 0.0 {
            break;
        }
        // `b` comes before `a`. `a` is removed, and replaced by the last.
        let gone = groups.swap_remove(a);
        costs.swap_remove(a);
        let last = gains.len() - 1;
        let row = gains.pop().unwrap_or_default();
        if a < last {
            for (other, gain) in row.into_iter().enumerate() {
                match other.cmp(&a) {
                    std::cmp::Ordering::Less => gains[a][other] = gain,
                    std::cmp::Ordering::Equal => {}
                    std::cmp::Ordering::Greater => gains[other][a] = gain,
                }
            }
        }
        groups[b].merge(&gone);
        costs[b] = groups[b].bits(products);
        for other in (0..groups.len()).filter(|&other| other != b) {
            gains[other.max(b)][other.min(b)] = gain(&groups, &costs, b, other);
        }
    }
    groups
}

/// The symbols that occur in a tile, by their index in a histogram.
struct Tile(Vec<(u16, u16)>);

impl Tile {
    fn new(histogram: &Histogram) -> Self {
        let used = histogram.counts.iter().zip(0_u16..).filter(|(count, _)| **count > 0);
        // A tile of more than 65,535 pixels of one value costs the same as this one.
        Self(used.map(|(&count, symbol)| (symbol, count.min(65_535) as u16)).collect())
    }
}

/// The cheapest group for each tile.
fn assigned(tiles: &[Tile], groups: &[Histogram]) -> Vec<u16> {
    let tables: Vec<Vec<u32>> = groups.iter().map(Histogram::prices).collect();
    let cheapest = |tile: &Tile| {
        let cost = |table: &Vec<u32>| -> u64 {
            let of = |&(symbol, count): &(u16, u16)| {
                u64::from(table[usize::from(symbol)]) * u64::from(count)
            };
            tile.0.iter().map(of).sum()
        };
        let costs = tables.iter().map(cost).zip(0_u16..);
        costs.min().map_or(0, |(_, group)| group)
    };
    tiles.iter().map(cheapest).collect()
}
