//! Structured log lines.

use tracing_subscriber::EnvFilter;

use crate::config;

/// The AWS SDK warns here for every multipart object that it cannot verify its checksum, which is
/// not actionable.
const NOISE: &str = "aws_sdk_s3::http_response_checksum=error";

/// How Lambda's runtime begins the line that repeats a temporary fault. The function has logged it
/// already, with its object, so that line is not for people.
pub const REPEATED: &str = "Diagnostic {";

/// Log to standard output: JSON in Lambda, readable text elsewhere.
///
/// `OBSCURA_LOG` sets the level, such as `debug` or `obscura=debug,warn`. An invalid value is
/// refused.
///
/// # Errors
/// The error in `OBSCURA_LOG`.
pub fn start() -> Result<(), String> {
    let wanted = std::env::var(config::LOG).unwrap_or_else(|_| "info,aws_config=warn".to_owned());
    let filter = filter(&wanted)?;
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_target(false);
    if std::env::var_os("AWS_LAMBDA_FUNCTION_NAME").is_some() {
        subscriber.json().flatten_event(true).with_current_span(true).with_span_list(false).init();
    } else {
        subscriber.compact().init();
    }
    Ok(())
}

fn filter(wanted: &str) -> Result<EnvFilter, String> {
    // The user's setting comes last, so that it can override the default.
    EnvFilter::try_new(format!("{NOISE},{wanted}"))
        .map_err(|error| format!("{}: {error}", config::LOG))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::filter;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn logged(wanted: &str) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(filter(wanted).unwrap())
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            tracing::warn!(target: "aws_sdk_s3::http_response_checksum", "part-level");
            tracing::warn!(target: "aws_sdk_s3::operation", "other");
        });
        String::from_utf8(lines.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn only_the_warning_of_part_level_checksums_is_left_out() {
        let text = logged("info");
        assert!(text.contains("other") && !text.contains("part-level"), "{text}");
        assert!(logged("info,aws_sdk_s3::http_response_checksum=warn").contains("part-level"));
        assert!(filter("=[").is_err());
    }
}
