//! How much of a sub-block there is.

/// What a sub-block has of coefficients.
#[derive(Clone, Copy, Default, PartialEq)]
pub(super) enum Content {
    #[default]
    Nothing,
    Constant,
    Full,
}
