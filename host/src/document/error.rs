//! Errors of a document.

/// An error of a document, and its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", if path.is_empty() { String::new() } else { format!("{path}: ") })]
pub struct DocumentError {
    /// The field, such as `routes[0].steps[1].of`; empty for the whole document.
    pub path: String,
    /// The error, and the expected value.
    pub message: String,
}

impl DocumentError {
    pub(super) fn whole(message: impl Into<String>) -> Self {
        Self { path: String::new(), message: message.into() }
    }

    pub(super) fn at(field: &str, message: &str) -> Self {
        Self { path: field.to_owned(), message: message.to_owned() }
    }

    /// The same error, nested at `place`.
    pub(super) fn within(self, place: &str) -> Self {
        let dot = if self.path.is_empty() { "" } else { "." };
        Self { path: format!("{place}{dot}{}", self.path), message: self.message }
    }
}
