//! The operations that the network is made of. Channels come last, and are computed in blocks that fit into
//! vectors.

/// Values of a rectangle of cells, some channels each.
#[derive(Debug, Clone)]
pub(crate) struct Map {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) channels: usize,
    pub(crate) values: Vec<f32>,
}

impl Map {
    /// Of zeros.
    pub(crate) fn new(width: usize, height: usize, channels: usize) -> Self {
        Self { width, height, channels, values: vec![0.0; width * height * channels] }
    }

    fn like(&self, channels: usize) -> Self {
        Self::new(self.width, self.height, channels)
    }
}

/// A 3×3 convolution of 3 channels to `OUT`, of every second cell in each direction, without negative values.
pub(crate) fn first<const OUT: usize>(map: &Map, weights: &[f32], bias: &[f32]) -> Map {
    let mut result = Map::new(map.width / 2, map.height / 2, OUT);
    let cells = map.values.as_chunks::<3>().0;
    let taps = weights.as_chunks::<OUT>().0.as_chunks::<3>().0;
    let bias = bias.first_chunk::<OUT>().copied().unwrap_or([0.0; OUT]);
    for (index, cell) in result.values.as_chunks_mut::<OUT>().0.iter_mut().enumerate() {
        let (x, y) = (index % result.width, index / result.width);
        *cell = bias;
        for (tap, of_channels) in taps.iter().enumerate() {
            // The cell's own place is (2x, 2y), in the middle of the taps.
            let (column, row) = (2 * x + tap % 3, 2 * y + tap / 3);
            let inside = (1..=map.width).contains(&column) && row > 0;
            let source = if inside { cells.get((row - 1) * map.width + column - 1) } else { None };
            for (value, weights) in source.into_iter().flatten().zip(of_channels) {
                add(cell, *value, weights);
            }
        }
        for value in cell {
            *value = value.max(0.0);
        }
    }
    result
}

#[inline(always)]
fn add<const N: usize>(sums: &mut [f32; N], value: f32, weights: &[f32; N]) {
    for (sum, weight) in sums.iter_mut().zip(weights) {
        *sum += value * weight;
    }
}

/// A 1×1 convolution to as many channels as `bias` has, in blocks of `N`.
pub(crate) fn pointwise<const N: usize>(map: &Map, weights: &[f32], bias: &[f32]) -> Map {
    let mut result = map.like(bias.len());
    let blocks = bias.len() / N;
    // The weights of a block lie together.
    let rows = weights.as_chunks::<N>().0;
    let ordered: Vec<Vec<[f32; N]>> = (0..blocks)
        .map(|block| rows.iter().skip(block).step_by(blocks).copied().collect())
        .collect();
    let cells = map.values.chunks_exact(map.channels);
    for (cell, sums) in cells.zip(result.values.chunks_exact_mut(bias.len())) {
        let sums = sums.as_chunks_mut::<N>().0.iter_mut();
        for ((sums, start), weights) in sums.zip(bias.as_chunks::<N>().0).zip(&ordered) {
            let mut block = *start;
            for (value, weights) in cell.iter().zip(weights) {
                add(&mut block, *value, weights);
            }
            *sums = block;
        }
    }
    result
}

/// A 3×3 convolution of each channel by itself, in blocks of `N`.
pub(crate) fn depthwise<const N: usize>(
    map: &Map,
    weights: &[f32],
    bias: &[f32],
    negative: bool,
) -> Map {
    let mut result = map.like(map.channels);
    let blocks = map.channels / N;
    let cells = map.values.as_chunks::<N>().0;
    let (taps, bias) = (weights.as_chunks::<N>().0, bias.as_chunks::<N>().0);
    let mut sums = result.values.as_chunks_mut::<N>().0.iter_mut();
    for y in 0..map.height {
        for x in 0..map.width {
            for (block, start) in bias.iter().enumerate() {
                let mut sum = *start;
                for (tap, weights) in taps.iter().skip(block).step_by(blocks).enumerate() {
                    let (column, row) = (x + tap % 3, y + tap / 3);
                    if column == 0 || column > map.width || row == 0 || row > map.height {
                        continue;
                    }
                    let index = ((row - 1) * map.width + column - 1) * blocks + block;
                    let Some(values) = cells.get(index) else { continue };
                    for ((sum, value), weight) in sum.iter_mut().zip(values).zip(weights) {
                        *sum += value * weight;
                    }
                }
                if !negative {
                    for value in &mut sum {
                        *value = value.max(0.0);
                    }
                }
                if let Some(place) = sums.next() {
                    *place = sum;
                }
            }
        }
    }
    result
}

/// The largest of each 2×2 cells.
pub(crate) fn halved(map: &Map) -> Map {
    let mut result = Map::new(map.width / 2, map.height / 2, map.channels);
    let wide = map.width * map.channels;
    let rows = result.values.chunks_exact_mut(result.width.max(1) * map.channels);
    for (row, two) in rows.zip(map.values.chunks_exact(2 * wide)) {
        let (upper, lower) = two.split_at(wide);
        let fours = upper.chunks_exact(2 * map.channels).zip(lower.chunks_exact(2 * map.channels));
        for (cell, (upper, lower)) in row.chunks_exact_mut(map.channels).zip(fours) {
            let (a, b) = upper.split_at(map.channels);
            let (c, d) = lower.split_at(map.channels);
            for (value, (((a, b), c), d)) in cell.iter_mut().zip(a.iter().zip(b).zip(c).zip(d)) {
                *value = a.max(*b).max(c.max(*d));
            }
        }
    }
    result
}

/// With a map of half the size added to it.
pub(crate) fn with_half(mut map: Map, half: &Map) -> Map {
    for (index, cell) in map.values.chunks_exact_mut(map.channels).enumerate() {
        let (x, y) = (index % map.width / 2, index / map.width / 2);
        let from = (y * half.width + x) * half.channels;
        let other = half.values.get(from..from + half.channels).unwrap_or(&[]);
        for (value, other) in cell.iter_mut().zip(other) {
            *value += other;
        }
    }
    map
}
