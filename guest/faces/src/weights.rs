//! The model's numbers.

/// Written by `model/export.py`.
static MODEL: &[u8] = include_bytes!("../model/yunet.bin");

/// Read one after the other, in the order in which the network uses them.
pub(crate) struct Weights(std::slice::Iter<'static, [u8; 4]>);

impl Weights {
    pub(crate) fn new() -> Self {
        Self(MODEL.as_chunks::<4>().0.iter())
    }

    /// The next `count` of them.
    pub(crate) fn take(&mut self, count: usize) -> Vec<f32> {
        self.0.by_ref().take(count).map(|bytes| f32::from_le_bytes(*bytes)).collect()
    }

    /// How many are left.
    #[cfg(test)]
    pub(crate) fn left(&self) -> usize {
        self.0.len()
    }
}
