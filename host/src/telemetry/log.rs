//! Structured log lines.

use tracing_subscriber::EnvFilter;

use crate::config;

/// Log to the standard output: JSON in Lambda, readable elsewhere.
///
/// `OBSCURA_LOG` says how much, such as `debug` or `obscura=debug,warn`. A
/// value that cannot be read is refused.
///
/// # Errors
/// What is wrong with `OBSCURA_LOG`.
pub fn start() -> Result<(), String> {
    let wanted = std::env::var(config::LOG).unwrap_or_else(|_| "info,aws_config=warn".to_owned());
    let filter =
        EnvFilter::try_new(&wanted).map_err(|error| format!("{}: {error}", config::LOG))?;
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_target(false);
    if std::env::var_os("AWS_LAMBDA_FUNCTION_NAME").is_some() {
        subscriber.json().flatten_event(true).with_current_span(true).with_span_list(false).init();
    } else {
        subscriber.compact().init();
    }
    Ok(())
}
