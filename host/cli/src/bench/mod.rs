//! `obscura bench`: what a picture costs.
//!
//! - [`pipeline`]: from the upload to the renditions, cold and warm
//! - [`function`], [`start`]: one function, and where its cold start's time goes
//! - [`alone`]: the transform, without the function around it
//! - [`guest`]: the same, for a program that measures others beside it

mod alone;
mod function;
mod guest;
mod pipeline;
mod start;

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
}

/// Measure, and print the figures.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    match &arguments.what {
        What::Pipeline(arguments) => crate::wait(pipeline::run(arguments)),
        What::Guest(arguments) => guest::run(arguments),
    }
}
