//! Mistakes in parameters.

/// A field and its mistake.
pub(super) type Mistake = (&'static str, String);

pub(super) fn out_of(field: &'static str, value: impl std::fmt::Display, choose: &str) -> Mistake {
    (field, format!("{value} is out of range; choose {choose}"))
}
