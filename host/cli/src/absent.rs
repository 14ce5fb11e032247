//! Replaces the operator's commands in a build without the feature `operate`.

use crate::style;

/// A command, or a part of one, that needs the clients of AWS's services.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0} is not in this build; `just operator` builds it \
     (`cargo build -p obscura-cli --features operate`)"
)]
pub(crate) struct Absent(pub(crate) String);

/// The operator's commands.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Show the logs of a deployment's functions (not in this build: `just logs`)
    Logs(Arguments),
    /// Replay permanently failed events (not in this build: `just redrive`)
    Redrive(Arguments),
    /// Render existing pictures (not in this build: `just backfill`)
    Backfill(Arguments),
    /// Print the cost of a million pictures (not in this build: `just costs`)
    Costs(Arguments),
}

/// All arguments, ignored.
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Arguments {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    rest: Vec<String>,
}

impl Command {
    /// Say how to build it.
    pub(crate) async fn run(self) -> anyhow::Result<u8> {
        let (name, Arguments { rest }) = match self {
            Self::Logs(given) => ("logs", given),
            Self::Redrive(given) => ("redrive", given),
            Self::Backfill(given) => ("backfill", given),
            Self::Costs(given) => ("costs", given),
        };
        let all = ["obscura", name].into_iter().chain(rest.iter().map(String::as_str));
        let all = style::plain(&all.collect::<Vec<_>>().join(" "));
        Err(Absent(format!("`{all}`")).into())
    }
}
