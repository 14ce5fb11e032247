//! `into` and `try_into` with the target's type at the call.
//!
//! AV1's decoder, `re_rav1d`, uses a crate of this name for it. That one's licence, CC0-1.0, is not
//! among those that `deny.toml` allows, so this takes its place: see `[patch.crates-io]`.

/// Conversions that name what they are to.
pub trait To: Sized {
    /// `self.into()`.
    fn to<T>(self) -> T
    where
        Self: Into<T>,
    {
        self.into()
    }

    /// `self.try_into()`.
    ///
    /// # Errors
    /// Those of the conversion.
    fn try_to<T>(self) -> Result<T, Self::Error>
    where
        Self: TryInto<T>,
    {
        self.try_into()
    }
}

impl<S> To for S {}
