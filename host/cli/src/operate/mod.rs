//! What an operator does with a deployment in AWS, beside what every pipeline knows.
//!
//! - [`status`]: its functions, queues, alarms and last errors, for `obscura status`
//! - [`logs`]: what its functions say
//! - [`redrive`]: events that failed for good
//! - [`backfill`]: pictures that were there before
//! - [`costs`], [`prices`]: what it costs
//! - [`aws`], [`cloudwatch`]: clients of AWS's services

pub(crate) mod aws;
mod backfill;
mod cloudwatch;
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
    /// Do it.
    pub(crate) async fn run(self) -> anyhow::Result<u8> {
        match self {
            Self::Logs(arguments) => logs::run(&arguments).await,
            Self::Redrive(arguments) => redrive::run(&arguments).await,
            Self::Backfill(arguments) => backfill::run(&arguments).await,
            Self::Costs(arguments) => costs::run(&arguments).await,
        }
    }
}
