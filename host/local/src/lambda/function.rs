//! What is to run, and how.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::destination::OnSuccess;
use crate::account::{ACCOUNT, REGION};

/// A function: a program that speaks the Lambda Runtime API, as `bootstrap` does.
///
/// Make one with [`Function::new`] and set the fields that differ.
#[derive(Debug, Clone)]
pub struct Function {
    /// Its name; a file name too, so letters, digits, `-` and `_`.
    pub name: String,
    /// Its ARN, if it is in another account or region.
    pub arn: Option<String>,
    /// The program, given no environment but Lambda's and [`env`](Self::env).
    pub program: PathBuf,
    /// Its arguments; on Lambda there are none.
    pub args: Vec<String>,
    /// Environment variables besides Lambda's own, over which they win.
    pub env: Vec<(String, String)>,
    /// How long an invocation may take before its environment is killed.
    pub timeout: Duration,
    /// How long an environment may take until it asks for its first event.
    pub init_timeout: Duration,
    /// What the function is told that it has; nothing holds it to that.
    pub memory_mb: u32,
    /// How many environments there may be, each with one invocation at a time.
    pub concurrency: usize,
    /// How often an event is tried again after the first failure.
    pub retries: u32,
    /// The wait before the first retry; each further one waits twice as long. Lambda's is a minute.
    pub retry_backoff: Duration,
    /// Where its answers to events go; nowhere, if not said.
    pub on_success: Option<OnSuccess>,
    /// What becomes of an event that failed for good.
    pub on_failure: OnFailure,
}

/// What becomes of an event that failed for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnFailure {
    /// It waits among the dead letters until it is replayed.
    #[default]
    DeadLetter,
    /// It is forgotten.
    Discard,
}

impl Function {
    /// A function with Lambda's defaults, except that failures are retried after seconds rather
    /// than minutes.
    pub fn new(name: impl Into<String>, program: impl Into<PathBuf>) -> Self {
        Self {
            name: name.into(),
            arn: None,
            program: program.into(),
            args: Vec::new(),
            env: Vec::new(),
            timeout: Duration::from_secs(60),
            init_timeout: Duration::from_secs(30),
            memory_mb: 1769,
            concurrency: std::thread::available_parallelism().map_or(1, usize::from),
            retries: 2,
            retry_backoff: Duration::from_secs(1),
            on_success: None,
            on_failure: OnFailure::default(),
        }
    }

    /// Its ARN.
    pub fn arn(&self) -> String {
        let usual = || format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{}", self.name);
        self.arn.clone().unwrap_or_else(usual)
    }

    /// The wait before the attempt that follows `failures` failures.
    pub(crate) fn backoff(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(16);
        self.retry_backoff.saturating_mul(1 << doublings)
    }

    /// Where the program lies, which is where it runs.
    pub(crate) fn task_root(&self) -> Option<&Path> {
        let root = self.program.parent();
        root.filter(|root| !root.as_os_str().is_empty())
    }

    /// Everything that the program's environment holds.
    pub(crate) fn environment(&self, runtime_api: &str) -> Vec<(String, String)> {
        let task_root = self.task_root().unwrap_or(Path::new("."));
        let lambda = [
            ("AWS_LAMBDA_RUNTIME_API", runtime_api.to_owned()),
            ("AWS_LAMBDA_FUNCTION_NAME", self.name.clone()),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", self.memory_mb.to_string()),
            ("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{}", self.name)),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "local".to_owned()),
            ("AWS_LAMBDA_LOG_FORMAT", "JSON".to_owned()),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_owned()),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_DEFAULT_REGION", REGION.to_owned()),
            ("_HANDLER", "bootstrap".to_owned()),
            ("LAMBDA_TASK_ROOT", task_root.display().to_string()),
            ("LAMBDA_RUNTIME_DIR", "/var/runtime".to_owned()),
            ("PATH", "/usr/local/bin:/usr/bin:/bin".to_owned()),
            ("LANG", "en_US.UTF-8".to_owned()),
            ("TZ", ":UTC".to_owned()),
        ];
        let lambda = lambda.map(|(name, value)| (name.to_owned(), value));
        lambda.into_iter().chain(self.env.clone()).collect()
    }
}
