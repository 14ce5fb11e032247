//! Refuses successes that S3 does not send, but that the SDK accepts: XML that breaks off, and a
//! response to a deletion that has a body, such as a proxy's page. A listing that ends after its
//! first object would be a listing of one object, and let an operator's command delete the rest.

use aws_sdk_s3::config::interceptors::{
    AfterDeserializationInterceptorContextRef, InterceptorContext,
};
use aws_sdk_s3::config::retry::{ClassifyRetry, RetryAction};
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use aws_sdk_s3::operation::delete_object::DeleteObjectOutput;
use aws_sdk_s3::operation::delete_object_tagging::DeleteObjectTaggingOutput;

/// Fails an attempt whose response is not S3's, and has it repeated.
#[derive(Debug, Clone, Copy)]
pub(super) struct Genuine;

impl Intercept for Genuine {
    fn name(&self) -> &'static str {
        "Genuine"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Ok(output) = context.output_or_error() else { return Ok(()) };
        // The body of an object is not in memory.
        let Some(body) = context.response().body().bytes() else { return Ok(()) };
        let deletion = output.downcast_ref::<DeleteObjectOutput>().is_some()
            || output.downcast_ref::<DeleteObjectTaggingOutput>().is_some();
        if deletion && !body.is_empty() {
            return Err("the answer to a deletion has a body, so it is not S3's".into());
        }
        if !is_closed(body) {
            return Err("its XML breaks off".into());
        }
        Ok(())
    }
}

impl ClassifyRetry for Genuine {
    fn name(&self) -> &'static str {
        "Genuine"
    }

    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let success = context.response().is_some_and(|response| response.status().is_success());
        match context.output_or_error() {
            Some(Err(_)) if success => RetryAction::transient_error(),
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
