//! `obscura`: try, publish and operate transforms.
//!
//! One module a command, with its arguments and a `run`:
//!
//! - [`render`]: a transform on local files
//!
//! What they have in common:
//!
//! - [`component`]: read a component, or the built-in one, and compile it
//! - [`limits`]: the flags that limit a picture
//! - [`style`]: colours, and sizes as people write them

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod component;
mod limits;
mod render;
mod style;

/// Image renditions made by sandboxed WebAssembly components.
#[derive(Debug, Parser)]
#[command(name = "obscura", version, propagate_version = true, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  obscura render photo.jpg --out renditions
      Make the web sizes of a photograph, in the sandbox, without S3.
  obscura help render
      What a command does, with more examples.";

#[derive(Debug, Subcommand)]
enum Command {
    Render(render::Arguments),
}

/// Everything that was asked for was done.
const DONE: u8 = 0;
/// Some of it failed; each failure was reported.
const SOME_FAILED: u8 = 1;
/// Nothing was done: the arguments are wrong, or something that they name.
const NOTHING_DONE: u8 = 2;

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Render(arguments) => render::run(&arguments),
    };
    ExitCode::from(done.unwrap_or_else(|error| {
        style::complain(&format!("{} {error:#}", style::bad("error:")));
        NOTHING_DONE
    }))
}
