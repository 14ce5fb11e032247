//! The output `deployment` of a Terraform configuration.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use serde_json::Value;

use crate::style;

/// Environment variable with the path of Terraform's own settings.
const SETTINGS: &str = "TF_CLI_CONFIG_FILE";

/// Why the outputs cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutputsError {
    /// There is no such file or folder.
    #[error(
        "{0} cannot be read ({1}); it is a folder with a Terraform configuration, or a file with \
         its outputs"
    )]
    Unreadable(String, std::io::Error),
    /// It is not installed.
    #[error(
        "terraform cannot be started ({0}); install it, or name a file that `terraform output \
         -json` wrote"
    )]
    NoTerraform(std::io::Error),
    /// It failed.
    #[error("{0}: {1}")]
    Terraform(String, String),
    /// It was never applied.
    #[error("nothing is deployed from {0}; run `just deploy`")]
    NothingDeployed(String),
    /// It is not one of ours.
    #[error("{0} needs an output `deployment` with the module's output of that name")]
    NoOutput(String),
    /// It is of another version.
    #[error("{0}: the output `deployment` cannot be read ({1}); apply it again with this version")]
    Invalid(String, serde_json::Error),
}

/// The resources of a deployment.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(
    not(feature = "operate"),
    expect(dead_code, reason = "only the operator's commands use queues, roles and names")
)]
pub(crate) struct Outputs {
    /// The prefix of all its names.
    pub(crate) name: String,
    pub(crate) source_bucket_name: String,
    #[serde(default)]
    pub(crate) source_prefix: String,
    pub(crate) destination_bucket_name: String,
    #[serde(default)]
    pub(crate) destination_prefix: String,
    pub(crate) components_bucket_name: String,
    pub(crate) transform_function_name: String,
    pub(crate) transform_function_arn: String,
    pub(crate) publish_function_name: Option<String>,
    pub(crate) backfill_role_arn: String,
    pub(crate) events_queue_url: Option<String>,
    pub(crate) on_failure_queue_url: String,
}

impl Outputs {
    /// Read the outputs of a folder with a Terraform configuration, or a file that `terraform
    /// output -json` wrote.
    pub(crate) fn read(path: &Path) -> Result<Self, OutputsError> {
        let name = path.display().to_string();
        let metadata = std::fs::metadata(path);
        let metadata = metadata.map_err(|error| OutputsError::Unreadable(name.clone(), error))?;
        let text = if metadata.is_dir() {
            terraform(path, &name)?
        } else {
            std::fs::read(path).map_err(|error| OutputsError::Unreadable(name.clone(), error))?
        };
        parse(&text, &name)
    }
}

fn terraform(folder: &Path, name: &str) -> Result<Vec<u8>, OutputsError> {
    let mut command = Command::new("terraform");
    command.arg(format!("-chdir={}", folder.display())).args(["output", "-json", "-no-color"]);
    // Terraform fails if the settings file is missing; reading outputs needs no settings.
    let settings = std::env::var_os(SETTINGS).map(PathBuf::from);
    if settings.is_some_and(|path| !path.exists()) {
        command.env_remove(SETTINGS);
    }
    let done = command.output().map_err(OutputsError::NoTerraform)?;
    if !done.status.success() {
        let said = first_error(&String::from_utf8_lossy(&done.stderr));
        return Err(OutputsError::Terraform(name.to_owned(), said));
    }
    Ok(done.stdout)
}

/// The most informative line, without Terraform's frame.
fn first_error(said: &str) -> String {
    let lines = || {
        said.lines().map(|line| line.trim_matches(|c: char| c.is_whitespace() || "│╷╵".contains(c)))
    };
    let error = lines().find(|line| line.starts_with("Error"));
    let line = error.or_else(|| lines().find(|line| !line.is_empty()));
    style::plain(line.unwrap_or("terraform output failed"))
}

/// All outputs, or only this one.
fn parse(text: &[u8], name: &str) -> Result<Outputs, OutputsError> {
    let invalid = |error| OutputsError::Invalid(name.to_owned(), error);
    let Value::Object(mut outputs) = serde_json::from_slice(text).map_err(invalid)? else {
        return Err(OutputsError::NoOutput(name.to_owned()));
    };
    if outputs.is_empty() {
        return Err(OutputsError::NothingDeployed(name.to_owned()));
    }
    let deployment = match outputs.remove("deployment") {
        Some(mut output) => output["value"].take(),
        None if outputs.contains_key("components_bucket_name") => Value::Object(outputs),
        None => return Err(OutputsError::NoOutput(name.to_owned())),
    };
    serde_json::from_value(deployment).map_err(invalid)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::{Value, json};

    use super::{OutputsError, first_error, parse};

    fn example() -> Value {
        json!({
            "name": "obscura",
            "source_bucket_name": "pictures",
            "destination_bucket_name": "renditions",
            "components_bucket_name": "components",
            "transform_function_name": "obscura-transform",
            "transform_function_arn": "arn:aws:lambda:eu-central-1:123456789012:function:obscura-transform",
            "publish_function_name": null,
            "backfill_role_arn": "arn:aws:iam::123456789012:role/obscura-backfill",
            "events_queue_url": null,
            "on_failure_queue_url": "https://sqs.eu-central-1.amazonaws.com/123456789012/failed",
            "created_buckets": [],
        })
    }

    #[test]
    fn all_outputs_or_the_one_are_read() {
        let all = json!({ "deployment": { "value": example(), "sensitive": false } });
        for text in [all, example()] {
            let outputs = parse(text.to_string().as_bytes(), "x").unwrap();
            assert_eq!(outputs.components_bucket_name, "components");
            assert_eq!((outputs.source_prefix.as_str(), outputs.publish_function_name), ("", None));
        }
    }

    #[test]
    fn of_what_terraform_says_the_error_is_told() {
        let said = "\n╷\n│ Warning: old\n│ \n│ Error: Backend initialization required\n╵\n";
        assert_eq!(first_error(said), "Error: Backend initialization required");
        assert_eq!(first_error("\nThere are problems:\n"), "There are problems:");
        assert_eq!(first_error(""), "terraform output failed");
    }

    #[test]
    fn what_is_missing_is_told() {
        let error = |text: &str| parse(text.as_bytes(), "x").unwrap_err();
        assert!(matches!(error("{}"), OutputsError::NothingDeployed(_)));
        assert!(matches!(error(r#"{"other":{"value":1}}"#), OutputsError::NoOutput(_)));
        assert!(matches!(error("[]"), OutputsError::NoOutput(_)));
        assert!(matches!(error(r#"{"deployment":{"value":{}}}"#), OutputsError::Invalid(..)));
    }
}
