//! The root cause of an error.

/// The root cause, which is the most informative, in one line.
pub(crate) fn cause(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    let text = innermost.to_string();
    let first = text.lines().next().unwrap_or_default();
    first.strip_suffix(". Attempted:").unwrap_or(first).to_owned()
}
