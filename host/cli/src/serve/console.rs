//! A function's log lines, for people.

use obscura::code::Code;
use obscura::telemetry::REPEATED;
use obscura::text::clip;
use serde_json::{Map, Value};

use crate::style;

/// The maximum length of what a transform wrote.
const MAX_WRITTEN_BYTES: usize = 500;

/// Print what a line of the function's log says. Metrics are left out.
pub(super) fn print(line: &str) {
    if let Some(text) = readable(line) {
        style::complain(&text);
    }
}

fn readable(line: &str) -> Option<String> {
    let Ok(Value::Object(fields)) = serde_json::from_str(line) else {
        return Some(style::plain(line));
    };
    // Metrics, how far the gate has come, and what has been said.
    let message = fields.get("message").and_then(Value::as_str).unwrap_or_default();
    if fields.contains_key("_aws") || message == "the gate" || message.starts_with(REPEATED) {
        return None;
    }
    let text = |name: &str| fields.get(name).and_then(Value::as_str).map(style::plain);
    let outcome = text("outcome").or_else(|| text("message")).unwrap_or_default();
    let outcome = match text("level").as_deref() {
        Some("WARN" | "ERROR") => style::bad(outcome),
        _ => style::heading(outcome),
    };
    let written = text("log").map(|log| clip(log, MAX_WRITTEN_BYTES));
    let details =
        [text("key"), facts(&fields), text("why"), reason(&fields), remedy(&fields), written];
    let details: Vec<String> =
        details.into_iter().flatten().filter(|detail| !detail.is_empty()).collect();
    Some(format!("{outcome}  {}", details.join("  ")).trim_end().to_owned())
}

/// What went wrong, of a line that says so.
fn reason(fields: &Map<String, Value>) -> Option<String> {
    if let Some(reason) = fields.get("reason") {
        return reason.as_str().map(style::plain);
    }
    let message = fields.get("error").or_else(|| fields.get("message"))?.as_str()?;
    fields.contains_key("outcome").then(|| style::plain(message)).filter(|text| {
        !matches!(text.as_str(), "done" | "rejected" | "ignored" | "to be tried again")
    })
}

/// What to do about a failure, of a line that gives the reason.
fn remedy(fields: &Map<String, Value>) -> Option<String> {
    fields.get("reason")?;
    let code = serde_json::from_value::<Code>(fields.get("outcome")?.clone()).ok()?;
    (code != Code::Unknown).then(|| style::faint(code.remedy()))
}

/// Which component worked, and for how long.
fn facts(fields: &Map<String, Value>) -> Option<String> {
    let milliseconds = fields.get("ms")?.as_f64()?;
    let digest = fields.get("digest").and_then(Value::as_str).and_then(|text| text.get(..12));
    let digest = digest.map(|digest| format!(", {digest}")).unwrap_or_default();
    Some(style::faint(format!("{milliseconds:.0} ms{digest}")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::readable;

    #[test]
    fn no_key_and_no_message_forges_a_line() {
        let line = r#"{"level":"INFO","key":"a\nrendered  b.jpg","outcome":"rendered","ms":1,
            "error":"x\r\ny\u001b[2J"}"#;
        let text = anstream::adapter::strip_str(&readable(line).unwrap()).to_string();
        assert_eq!(text, r"rendered  a\nrendered  b.jpg  1 ms  x\r\ny\u{1b}[2J");
        assert!(!readable("plain\nrendered  b.jpg").unwrap().contains('\n'));
    }

    fn said(line: &serde_json::Value) -> Option<String> {
        let line = readable(&line.to_string())?;
        Some(anstream::adapter::strip_str(&line).to_string())
    }

    #[test]
    fn a_temporary_fault_is_one_line_with_its_object_its_reason_and_its_remedy() {
        let line = said(&json!({
            "level": "WARN", "key": "a.jpg", "outcome": "store-unavailable",
            "reason": "GetObject s3://source/a.jpg: 503\nSlowDown", "message": "to be tried again",
        }));
        let remedy = obscura::code::Code::StoreUnavailable.remedy();
        let expected = r"store-unavailable  a.jpg  GetObject s3://source/a.jpg: 503\nSlowDown";
        assert_eq!(line.unwrap(), format!("{expected}  {remedy}"));
        // The runtime's own line says the same.
        let again = "Diagnostic { error_type: \"store-unavailable\", error_message: \"503\" }";
        assert_eq!(said(&json!({ "level": "ERROR", "message": again })), None);
    }

    #[test]
    fn a_canary_that_failed_is_told_with_its_reason() {
        let line = said(&json!({
            "level": "WARN", "key": "a.jpg", "code": "trapped", "reason": "the transform trapped",
            "message": "the canary failed",
        }));
        assert_eq!(line.unwrap(), "the canary failed  a.jpg  the transform trapped");
    }

    #[test]
    fn what_a_transform_wrote_is_one_short_line() {
        let wrote = |log: &str| {
            said(
                &json!({ "level": "INFO", "key": "a.jpg", "log": log, "message": "the transform wrote" }),
            )
        };
        let line = wrote("one\nrendered  b.jpg\u{1b}[2J").unwrap();
        assert_eq!(line, r"the transform wrote  a.jpg  one\nrendered  b.jpg\u{1b}[2J");
        let long = wrote(&"\n".repeat(10_000)).unwrap();
        assert!(long.len() < 600 && long.ends_with('…'), "{long}");
    }

    #[test]
    fn metrics_are_left_out() {
        assert!(readable(r#"{"_aws":{},"Pictures":1}"#).is_none());
    }

    #[test]
    fn a_line_says_what_happened_to_which_picture() {
        let line = r#"{"level":"WARN","key":"a.jpg","outcome":"malformed","ms":3.2,
            "message":"the file ends early"}"#;
        let text = anstream::adapter::strip_str(&readable(line).unwrap()).to_string();
        assert_eq!(text, "malformed  a.jpg  3 ms  the file ends early");
        assert_eq!(readable("plain text").unwrap(), "plain text");
    }
}
