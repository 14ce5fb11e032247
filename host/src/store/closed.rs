//! Refuses responses whose XML breaks off. The SDK reads a listing that ends after its first object
//! as a listing of one object, which would let an operator's command delete the rest.

use aws_sdk_s3::config::interceptors::{
    AfterDeserializationInterceptorContextRef, InterceptorContext,
};
use aws_sdk_s3::config::retry::{ClassifyRetry, RetryAction};
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;

/// Fails an attempt whose response is not closed, and has it repeated.
#[derive(Debug, Clone, Copy)]
pub(super) struct Closed;

impl Intercept for Closed {
    fn name(&self) -> &'static str {
        "Closed"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        // An error response is a failure in any case. The body of an object is not in memory.
        let body = response.status().is_success().then(|| response.body().bytes()).flatten();
        if body.is_some_and(|body| !is_closed(body)) {
            return Err("its XML breaks off".into());
        }
        Ok(())
    }
}

impl ClassifyRetry for Closed {
    fn name(&self) -> &'static str {
        "Closed"
    }

    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let body = context.response().filter(|response| response.status().is_success());
        match body.and_then(|response| response.body().bytes()) {
            Some(body) if !is_closed(body) => RetryAction::transient_error(),
            _ => RetryAction::NoActionIndicated,
        }
    }
}

/// Whether XML ends with its first element. Other text is not judged here.
fn is_closed(body: &[u8]) -> bool {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii();
    if !body.starts_with(b"<") {
        return true;
    }
    let Some(root) = root(body) else { return false };
    let name = root.split(|byte| byte.is_ascii_whitespace() || b"/>".contains(byte)).next();
    let name = name.unwrap_or_default();
    let end = root.strip_suffix(b">").map(<[u8]>::trim_ascii_end).unwrap_or_default();
    // An empty element is its own end.
    let empty = end.ends_with(b"/") && !end.contains(&b'>');
    empty || end.strip_suffix(name).is_some_and(|end| end.ends_with(b"</"))
}

/// What follows the `<` of the first element, after declarations and comments.
fn root(mut body: &[u8]) -> Option<&[u8]> {
    loop {
        body = body.trim_ascii_start().strip_prefix(b"<")?;
        if !body.starts_with(b"?") && !body.starts_with(b"!") {
            return Some(body);
        }
        let end = body.iter().position(|byte| *byte == b'>')?;
        body = body.get(end + 1..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::is_closed;

    #[test]
    fn xml_is_closed_by_the_end_of_its_first_element() {
        for closed in [
            "",
            "plain",
            "<a/>",
            "<a x='1' />",
            "<a></a>",
            "\u{feff}<?xml version='1.0'?>\n <!-- b -->  <s:a xmlns:s='u'><b/></s:a >\n",
        ] {
            assert!(is_closed(closed.as_bytes()), "{closed}");
        }
        for open in ["<", "<?xml?>", "<a", "<a>", "<a><b/>", "<a><b></b>", "<a></a", "<a></b>"] {
            assert!(!is_closed(open.as_bytes()), "{open}");
        }
    }
}
