//! Which coefficients a sub-block has.

/// The coefficients of a sub-block.
#[derive(Clone, Copy, Default, PartialEq)]
pub(super) enum Content {
    #[default]
    Nothing,
    Constant,
    Full,
}
