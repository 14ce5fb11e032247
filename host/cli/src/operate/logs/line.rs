//! A line of a function's log, for people.

use obscura::telemetry::REPEATED;
use serde_json::Value;

use crate::style;

/// A filter for lines.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    /// Only failures.
    pub(crate) errors: bool,
    /// Only keys that contain this.
    pub(crate) key: Option<String>,
    /// Times with their date.
    pub(crate) dated: bool,
}

/// The severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Error,
    Warn,
    Other,
}

impl Level {
    fn of(name: &str) -> Self {
        match name {
            "ERROR" => Self::Error,
            "WARN" => Self::Warn,
            _ => Self::Other,
        }
    }
}

/// The line for people; `None` if it is filtered out.
pub(crate) fn readable(message: &str, wanted: &Wanted) -> Option<String> {
    let Ok(Value::Object(record)) = serde_json::from_str(message) else {
        // Crash output of a process is not JSON.
        return wanted.key.is_none().then(|| style::lines(message.trim_end()));
    };
    let record = Value::Object(record);
    if record.get("_aws").is_some() {
        return None;
    }
    let Some(name) = record["level"].as_str() else {
        return platform(&record).filter(|_| wanted.key.is_none());
    };
    let level = Level::of(name);
    let repeated = text(&record, "message").starts_with(REPEATED);
    let other = wanted.key.as_ref().is_some_and(|key| !text(&record, "key").contains(key.as_str()));
    if repeated || other || wanted.errors && level == Level::Other {
        return None;
    }
    let sentence = sentence(&record, level, wanted.dated);
    Some(match level {
        Level::Error => style::bad(sentence),
        Level::Warn => style::warn(sentence),
        Level::Other => sentence,
    })
}

/// Lambda's own messages about failures.
fn platform(record: &Value) -> Option<String> {
    let kind = text(record, "type");
    let status = record["record"]["status"].as_str();
    let failed = kind.contains("fault") || status.is_some_and(|status| status != "success");
    failed.then(|| style::plain(&format!("     {kind} {}", record["record"])))
}

fn sentence(record: &Value, level: Level, dated: bool) -> String {
    let at = text(record, "timestamp").get(..19).unwrap_or_default().replace('T', " ");
    let at = if dated { &at } else { at.get(11..).unwrap_or_default() };
    let (outcome, message) = (text(record, "outcome"), text(record, "message"));
    let what = if outcome.is_empty() { message } else { outcome };
    let mut words = vec![format!("{at} {:5} {what:18}", text(record, "level"))];
    if let Some(key) = record["key"].as_str() {
        words.push(key.to_owned());
    }
    if let Some(ms) = record["ms"].as_f64() {
        words.push(format!("{ms:.0} ms"));
    }
    if let Some(bytes) = record["peak_memory_bytes"].as_f64().filter(|bytes| *bytes > 0.0) {
        words.push(format!("{:.0} MiB", bytes / f64::from(1 << 20)));
    }
    let said = (!outcome.is_empty() && level != Level::Other).then_some(message);
    let why = record["reason"].as_str().or(record["why"].as_str());
    if let Some(why) = why.or(said).filter(|why| !why.is_empty()) {
        words.push(format!("- {why}"));
    }
    if let Some(digest) = record["digest"].as_str() {
        let digest = digest.trim_start_matches("sha256:");
        words.push(format!("({})", digest.get(..12).unwrap_or(digest)));
    }
    style::plain(&words.join(" "))
}

fn text<'a>(record: &'a Value, name: &str) -> &'a str {
    record[name].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::{Value, json};

    use super::{Wanted, readable};

    fn rendered() -> Value {
        json!({
            "timestamp": "2026-01-02T03:04:05.678Z", "level": "INFO", "message": "done",
            "key": "a/b.jpg", "digest": "sha256:0123456789abcdef", "outcome": "rendered",
            "ms": 123.4, "peak_memory_bytes": 10 << 20,
        })
    }

    fn rejected() -> Value {
        json!({
            "timestamp": "2026-01-02T03:04:05.678Z", "level": "WARN", "outcome": "malformed",
            "message": "cut short", "key": "a/b.jpg", "ms": 123.4,
        })
    }

    fn said(record: &Value, wanted: &Wanted) -> Option<String> {
        let line = readable(&record.to_string(), wanted)?;
        Some(anstream::adapter::strip_str(&line).to_string())
    }

    #[test]
    fn a_line_is_read_for_people() {
        let all = Wanted::default();
        assert_eq!(
            said(&rendered(), &all).unwrap(),
            "03:04:05 INFO  rendered           a/b.jpg 123 ms 10 MiB (0123456789ab)"
        );
        assert!(said(&rejected(), &all).unwrap().ends_with("a/b.jpg 123 ms - cut short"));
        let mut again = rejected();
        again["message"] = "to be tried again".into();
        again["reason"] = "GetObject s3://source/a/b.jpg: 503".into();
        let line = said(&again, &all).unwrap();
        assert!(line.ends_with("a/b.jpg 123 ms - GetObject s3://source/a/b.jpg: 503"), "{line}");
        let dated = Wanted { dated: true, ..Wanted::default() };
        assert!(said(&rendered(), &dated).unwrap().starts_with("2026-01-02 03:04:05 INFO "));
        let died = readable("thread 'main' panicked\n", &all).unwrap();
        assert_eq!(died, "thread 'main' panicked");
    }

    #[test]
    fn lines_are_chosen() {
        let errors = Wanted { errors: true, ..Wanted::default() };
        let other = Wanted { key: Some("other".to_owned()), ..Wanted::default() };
        let all = Wanted::default();
        assert_eq!(said(&rendered(), &errors), None);
        assert!(said(&rejected(), &errors).unwrap().contains("malformed"));
        assert_eq!(said(&rendered(), &other), None);
        assert_eq!(readable("thread 'main' panicked", &other), None);
        let mut repeated = rejected();
        repeated["level"] = "ERROR".into();
        repeated["message"] = "Diagnostic { error_type: \"malformed\" }".into();
        assert_eq!(said(&repeated, &all), None);
        assert_eq!(said(&json!({ "_aws": {}, "Pictures": 1 }), &all), None);
    }

    #[test]
    fn lambda_is_heard_where_it_failed() {
        let report =
            |status: &str| json!({ "type": "platform.report", "record": { "status": status } });
        assert_eq!(said(&report("success"), &Wanted::default()), None);
        assert!(said(&report("timeout"), &Wanted::default()).unwrap().contains("timeout"));
    }

    #[test]
    fn a_key_cannot_steer_the_terminal() {
        let mut record = rendered();
        record["key"] = "a\u{1b}[2Jb\n".into();
        assert!(said(&record, &Wanted::default()).unwrap().contains("a\\u{1b}[2Jb\\n"));
    }
}
