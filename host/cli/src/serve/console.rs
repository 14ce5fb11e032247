//! A function's log lines, for people.

use serde_json::{Map, Value};

use crate::style;

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
    // Metrics, and how far the gate has come.
    let is_step = fields.get("message").and_then(Value::as_str) == Some("the gate");
    if fields.contains_key("_aws") || is_step {
        return None;
    }
    let text = |name: &str| fields.get(name).and_then(Value::as_str).map(style::plain);
    let outcome = text("outcome").or_else(|| text("message")).unwrap_or_default();
    let outcome = match text("level").as_deref() {
        Some("WARN" | "ERROR") => style::bad(outcome),
        _ => style::heading(outcome),
    };
    let details: Vec<String> = [text("key"), facts(&fields), text("why"), reason(&fields)]
        .into_iter()
        .flatten()
        .filter(|detail| !detail.is_empty())
        .collect();
    Some(format!("{outcome}  {}", details.join("  ")))
}

/// What went wrong, of a line that says so.
fn reason(fields: &Map<String, Value>) -> Option<String> {
    let message = fields.get("error").or_else(|| fields.get("message"))?.as_str()?;
    fields.contains_key("outcome").then(|| style::plain(message)).filter(|text| {
        !matches!(text.as_str(), "done" | "rejected" | "ignored" | "to be tried again")
    })
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
    use super::readable;

    #[test]
    fn no_key_and_no_message_forges_a_line() {
        let line = r#"{"level":"INFO","key":"a\nrendered  b.jpg","outcome":"rendered","ms":1,
            "error":"x\r\ny\u001b[2J"}"#;
        let text = anstream::adapter::strip_str(&readable(line).unwrap()).to_string();
        assert_eq!(text, r"rendered  a\nrendered  b.jpg  1 ms  x\r\ny\u{1b}[2J");
        assert!(!readable("plain\nrendered  b.jpg").unwrap().contains('\n'));
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
