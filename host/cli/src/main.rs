//! `obscura`: try, publish and operate transforms.
//!
//! One module a command, with its arguments and a `run`:
//!
//! - [`demo`]: the whole pipeline on a few photographs
//! - [`serve`]: the whole pipeline on this machine
//! - [`studio`]: the page of it, and against a deployment
//! - [`new`]: the beginning of a transform
//! - [`check`]: whether a component would be published
//! - [`pipeline`]: the pipeline document, checked, compared and shown
//! - [`publish`]: make a component the active one
//! - [`status`]: what is active since when, and how it does
//! - [`promote`], [`rollback`]: make the canary, or an earlier component, the active one
//! - [`list`], [`prune`]: the published components, and those that nothing needs any more
//! - [`sweep`]: renditions that no manifest names any more
//! - [`repair`]: render again what a bad component made
//! - [`verify`]: render again, and compare bytes
//! - [`html`]: the `<picture>` for a page
//! - [`render`]: a transform on local files
//! - [`diff`]: what another component makes of the same pictures
//! - [`wrap`]: make a transform of a component that works on whole files
//! - [`bench`]: what a picture costs
//! - [`operate`]: a deployment in AWS: its logs, failed events, costs and old pictures; in builds
//!   with the feature `operate`, and [`absent`] in the others
//!
//! What they have in common:
//!
//! - [`stack`]: S3, Lambda and the real `bootstrap` on this machine
//! - [`built`]: where what this project builds lies
//! - [`deployment`]: which pipeline a command is about
//! - [`functions`]: invoke functions
//! - [`upload`]: upload a component, and wait for the report
//! - [`component`]: read a component, or the built-in one, and compile it
//! - [`compiled`]: compiled components, kept in the user's own cache
//! - [`limits`]: the flags that limit a picture
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
#[cfg(feature = "measure")]
mod bench;
mod built;
mod check;
mod compiled;
mod component;
mod demo;
mod deployment;
mod diff;
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
      See what another component makes of the same pictures.
  obscura help render
      What a command does, with more examples.";

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Arguments),
    Serve(serve::Arguments),
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
    /// Prove the component that comes in, within what another process allows
    #[command(hide = true, name = obscura::gate::apart::ARGUMENT)]
    Prove,
}

/// Everything that was asked for was done.
const DONE: u8 = 0;
/// Some of it failed; each failure was reported.
const SOME_FAILED: u8 = 1;
/// Nothing was done: the arguments are wrong, or something that they name.
const NOTHING_DONE: u8 = 2;

fn main() -> ExitCode {
    let done = match Cli::parse().command {
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
            obscura::gate::apart::child().context("whoever asked is gone").map(|()| DONE)
        }
    };
    ExitCode::from(done.unwrap_or_else(|error| {
        let said = style::plain(&said(&error));
        style::complain(&format!("{} {said}", style::bad("error:")));
        NOTHING_DONE
    }))
}

/// An error and what caused it. What is said twice is said once: many an error
/// quotes its cause.
fn said(error: &anyhow::Error) -> String {
    let mut said = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if said.is_empty() {
            said = cause;
        } else if !said.contains(&cause) {
            said = format!("{said}: {cause}");
        }
    }
    said
}

/// Run a command that waits for others.
fn wait(command: impl Future<Output = anyhow::Result<u8>>) -> anyhow::Result<u8> {
    tokio::runtime::Runtime::new()?.block_on(command)
}
