//! The operator's commands that only a deployment in AWS has.
//!
//! - [`status`]: functions, queues, alarms and last errors, for `obscura status`
//! - [`logs`]: logs of functions
//! - [`redrive`]: permanently failed events
//! - [`backfill`]: existing pictures
//! - [`costs`], [`prices`]: the cost
//! - [`aws`], [`cloudwatch`]: clients of AWS's services

mod backfill;
mod costs;
mod logs;
mod prices;
mod redrive;
pub(crate) mod status;

/// The operator's commands.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Logs(logs::Arguments),
    Redrive(redrive::Arguments),
    Backfill(backfill::Arguments),
    Costs(costs::Arguments),
}

impl Command {
    /// Run the command.
    pub(crate) async fn run(self) -> anyhow::Result<u8> {
        match self {
            Self::Logs(arguments) => logs::run(&arguments).await,
            Self::Redrive(arguments) => redrive::run(&arguments).await,
            Self::Backfill(arguments) => backfill::run(&arguments).await,
            Self::Costs(arguments) => costs::run(&arguments).await,
        }
    }
}
