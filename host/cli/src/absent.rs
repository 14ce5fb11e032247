//! What a build without the feature `operate` says to an operator.

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
    /// Replay what failed for good (not in this build: `just redrive`)
    Redrive(Arguments),
    /// Render the pictures that were there before (not in this build: `just backfill`)
    Backfill(Arguments),
    /// Print what a million pictures cost (not in this build: `just costs`)
    Costs(Arguments),
}

/// Whatever was asked of a command that is not here.
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
