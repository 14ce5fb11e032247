//! `obscura bench`: the cost of a picture.
//!
//! - [`pipeline`]: from the upload to the renditions, cold and warm
//! - [`function`], [`start`]: one function, and the stages of its cold start
//! - [`alone`]: the transform, without the function around it
//! - [`guest`]: the same, for a program that also measures other libraries
//! - [`load`]: many pictures, next to other functions
//! - [`soak`]: a soak test of everything at once
//! - [`photos`], [`process`], [`watch`]: shared by the last two
//!
//! For the project's developers: it needs the feature `measure`.

mod alone;
mod figures;
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

/// The functions to measure in turns.
#[derive(Debug, clap::Args)]
struct Programs {
    /// The transform function
    #[arg(long, value_name = "PROGRAM")]
    bootstrap: Option<PathBuf>,

    /// Another project's function, measured in turns with ours. The last object that it writes must
    /// be `<key>/manifest.json`, with any content. Can be repeated
    #[arg(long, value_name = "PROGRAM")]
    peer: Vec<PathBuf>,
}

/// Measure the cost of a picture
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
