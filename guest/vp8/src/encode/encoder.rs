//! The state of the encoder.

use super::choice::{Choice, sub_mode_costs};
use super::quant::Quantiser;
use super::segments::{SEGMENTS, Segments};
use super::source::Source;
use super::tokens::{BitCost, Costs, Recorder};
use crate::predict::Plane;
use crate::tables::TOKENS;

/// The state while a picture is encoded.
pub(super) struct Encoder {
    /// The quantisers of the segments, and of the current block.
    pub(super) quantisers: [Quantiser; SEGMENTS],
    pub(super) quantiser: Quantiser,
    pub(super) segments: Segments,
    /// Whether blocks may be predicted in 4×4 parts.
    pub(super) may_divide: bool,
    pub(super) bit: BitCost,
    pub(super) costs: Costs,
    /// Costs of a sub-block's mode, by the mode above and to the left.
    pub(super) mode_costs: Vec<[u16; 10]>,
    pub(super) recorder: Recorder,
    pub(super) choices: Vec<Choice>,
    pub(super) across: usize,
    pub(super) down: usize,
    pub(super) decoded: [Plane; 3],
    /// Modes of sub-blocks above and to the left.
    pub(super) above: Vec<usize>,
    pub(super) left: [usize; 4],
    /// Whether sub-blocks above and to the left have coefficients: four of luma, two of each chroma
    /// plane, one of DC coefficients.
    pub(super) above_full: Vec<[bool; 9]>,
    pub(super) left_full: [bool; 9],
}

impl Encoder {
    pub(super) fn new(planes: &[Source<'_>; 3], quality: u8, may_divide: bool) -> Self {
        let (across, down) = (planes[0].width.div_ceil(16), planes[0].height.div_ceil(16));
        let bit = BitCost::new();
        let segments = Segments::new(&planes[0], Quantiser::index(quality));
        let quantisers = segments.indices.map(Quantiser::new);
        Self {
            quantiser: quantisers[0].clone(),
            quantisers,
            segments,
            may_divide,
            costs: Costs::new(&TOKENS, &bit),
            mode_costs: sub_mode_costs(&bit),
            bit,
            recorder: Recorder::new(),
            choices: Vec::with_capacity(across * down),
            across,
            down,
            decoded: [
                Plane::new(across * 16, down * 16),
                Plane::new(across * 8, down * 8),
                Plane::new(across * 8, down * 8),
            ],
            above: vec![0; across * 4],
            left: [0; 4],
            above_full: vec![[false; 9]; across],
            left_full: [false; 9],
        }
    }
}
