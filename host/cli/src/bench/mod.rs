//! `obscura bench`: what a picture costs.
//!
//! - [`pipeline`]: from the upload to the renditions, cold and warm
//! - [`function`], [`start`]: one function, and where its cold start's time goes
//! - [`alone`]: the transform, without the function around it
//! - [`guest`]: the same, for a program that measures others beside it
//! - [`load`]: many pictures, next to other functions
//! - [`soak`]: everything at once, for long
//! - [`photos`], [`process`], [`watch`]: what those two share
//!
//! For the project's developers: a build has it with the feature `measure`.

mod alone;
mod function;
mod guest;
mod load;
mod photos;
mod pipeline;
mod process;
mod soak;
mod start;
mod watch;

use std::path::PathBuf;

/// The functions that are measured in turns.
#[derive(Debug, clap::Args)]
struct Programs {
    /// The transform function
    #[arg(long, value_name = "PROGRAM")]
    bootstrap: Option<PathBuf>,

    /// Another project's function, measured in turns with ours: whatever object
    /// it writes last, as `<key>/manifest.json`, is not read. Can be repeated
    #[arg(long, value_name = "PROGRAM")]
    peer: Vec<PathBuf>,
}

/// Measure what a picture costs
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    Pipeline(pipeline::Arguments),
    Guest(guest::Arguments),
    Load(load::Arguments),
    Soak(soak::Arguments),
}

/// Measure, and print the figures.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    match &arguments.what {
        What::Pipeline(arguments) => crate::wait(pipeline::run(arguments)),
        What::Guest(arguments) => guest::run(arguments),
        What::Load(arguments) => crate::wait(load::run(arguments)),
        What::Soak(arguments) => crate::wait(soak::run(arguments)),
    }
}
