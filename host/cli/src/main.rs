//! `obscura`: try, publish and operate transforms.
//!
//! One module per command, with its arguments and a `run`:
//!
//! - [`demo`]: the whole pipeline on a few photographs
//! - [`serve`]: the whole pipeline on this machine
//! - [`studio`]: the page, for a deployment
//! - [`new`]: start a transform
//! - [`check`]: whether a component would be published
//! - [`pipeline`]: the pipeline document, checked, compared and shown
//! - [`publish`]: make a component the active one
//! - [`status`]: what is active since when, and how it performs
//! - [`promote`], [`rollback`]: make the canary, or an earlier component, the active one
//! - [`list`], [`prune`]: the published components, and those that are no longer needed
//! - [`sweep`]: renditions that no manifest names any more
//! - [`repair`]: render the pictures of a bad component again
//! - [`verify`]: render again, and compare bytes
//! - [`html`]: the `<picture>` for a page
//! - [`render`]: a transform on local files
//! - [`diff`]: compare two components on the same pictures
//! - [`wrap`]: make a transform from a component that works on whole files
//! - [`bench`]: the cost of a picture
//! - [`operate`]: a deployment in AWS: its logs, failed events, costs and old pictures; in builds
//!   with the feature `operate`, and [`absent`] in the others
//!
//! Shared modules:
//!
//! - [`stack`]: S3, Lambda and the real `bootstrap` on this machine
//! - [`built`]: the paths of this project's programs and components
//! - [`deployment`]: select a pipeline
//! - [`functions`]: invoke functions
//! - [`upload`]: upload a component, and wait for the report
//! - [`component`]: read a component, or the built-in one, and compile it
//! - [`compiled`]: a cache of compiled components
//! - [`limits`]: the flags that limit a picture
//! - [`failed`]: the error that ends a command, as text and as JSON
//! - [`style`]: colours, and sizes as people write them

use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};

#[cfg(not(feature = "operate"))]
use absent::Command as Operate;
#[cfg(feature = "operate")]
use operate::Command as Operate;

#[cfg(not(feature = "operate"))]
mod absent;
mod affected;
#[cfg(feature = "operate")]
mod aws;
#[cfg(feature = "measure")]
mod bench;
mod built;
mod cause;
mod check;
mod compiled;
mod component;
mod demo;
mod deployment;
mod diff;
mod failed;
mod functions;
mod html;
mod limits;
mod list;
mod new;
#[cfg(feature = "operate")]
mod operate;
mod pipeline;
mod promote;
mod prune;
mod publish;
mod render;
mod repair;
mod rollback;
mod serve;
mod stack;
mod status;
mod streak;
mod studio;
mod style;
mod sweep;
mod upload;
mod verify;
mod wrap;

/// Image renditions made by sandboxed WebAssembly components.
#[derive(Debug, Parser)]
#[command(name = "obscura", version, propagate_version = true, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  obscura demo
      Upload photographs to a pipeline on this machine, and see what appears.
  obscura serve
      The whole pipeline on this machine, for your own uploads.
  obscura new mine
      Start a transform of your own.
  obscura check mine.wasm
      See whether your own transform would be published.
  obscura publish mine.wasm
      Make it the active one, while the pipeline runs.
  obscura render photo.jpg --out renditions
      Make the web sizes of a photograph, in the sandbox, without S3.
  obscura diff old.wasm new.wasm
      Compare the renditions of two components.
  obscura help render
      Describe a command, with more examples.";

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Arguments),
    Serve(Box<serve::Arguments>),
    Studio(studio::command::Arguments),
    New(new::Arguments),
    Check(check::Arguments),
    Pipeline(pipeline::Arguments),
    Publish(publish::Arguments),
    Status(status::Arguments),
    Promote(promote::Arguments),
    Rollback(rollback::Arguments),
    List(list::Arguments),
    Prune(prune::Arguments),
    Sweep(sweep::Arguments),
    Repair(repair::Arguments),
    Affected(affected::Arguments),
    Verify(verify::Arguments),
    Html(html::Arguments),
    Render(render::Arguments),
    Diff(diff::Arguments),
    Wrap(wrap::Arguments),
    #[cfg(feature = "measure")]
    Bench(bench::Arguments),
    #[command(flatten)]
    Operate(Operate),
    /// Prove the component from standard input, confined by the parent process
    #[command(hide = true, name = obscura::gate::apart::ARGUMENT)]
    Prove,
}

/// Everything was done.
const DONE: u8 = 0;
/// Some of it failed; each failure was reported.
const SOME_FAILED: u8 = 1;
/// Nothing was done: the arguments, or something that they name, are wrong.
const NOTHING_DONE: u8 = 2;

fn main() -> ExitCode {
    let cli = Cli::try_parse().unwrap_or_else(|error| failed::misused(&error));
    let done = match cli.command {
        Command::Demo(arguments) => wait(demo::run(&arguments)),
        Command::Serve(arguments) => wait(serve::run(&arguments)),
        Command::Studio(arguments) => wait(studio::command::run(&arguments)),
        Command::New(arguments) => new::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Pipeline(arguments) => wait(pipeline::run(&arguments)),
        Command::Publish(arguments) => wait(publish::run(&arguments)),
        Command::Status(arguments) => wait(status::run(&arguments)),
        Command::Promote(arguments) => wait(promote::run(&arguments)),
        Command::Rollback(arguments) => wait(rollback::run(&arguments)),
        Command::List(arguments) => wait(list::run(&arguments)),
        Command::Prune(arguments) => wait(prune::run(&arguments)),
        Command::Sweep(arguments) => wait(sweep::run(&arguments)),
        Command::Affected(arguments) => wait(affected::run(&arguments)),
        Command::Repair(arguments) => wait(repair::run(&arguments)),
        Command::Verify(arguments) => wait(verify::run(&arguments)),
        Command::Html(arguments) => wait(html::run(&arguments)),
        Command::Render(arguments) => render::run(&arguments),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Wrap(arguments) => wrap::run(&arguments),
        #[cfg(feature = "measure")]
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Operate(command) => wait(command.run()),
        Command::Prove => {
            obscura::gate::apart::child().context("the parent process has ended").map(|()| DONE)
        }
    };
    ExitCode::from(done.unwrap_or_else(|error| {
        failed::report(&error);
        NOTHING_DONE
    }))
}

/// Run an asynchronous command.
fn wait(command: impl Future<Output = anyhow::Result<u8>>) -> anyhow::Result<u8> {
    tokio::runtime::Runtime::new()?.block_on(command)
}
