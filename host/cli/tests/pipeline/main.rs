//! The whole pipeline: the real `bootstrap` as child processes, real components, S3 over HTTP.
//!
//! - `stage`: a pipeline for each test
//! - `upload`: uploads, overwrites, deletes, repeats
//! - `manifest`: the content of manifests, which is reproducible
//! - `swap`: components and documents that change while it runs
//! - `document`: documents that are proved before they become active
//! - `canary`: a share of the pictures for a new component
//! - `shadow`: candidates that run invisibly
//! - `deliver`: renditions that are made on request
//! - `console`: the command line's messages if something is down
//! - `studio`: the page's API
//! - `crash`: the function is killed at every request
//! - `requests`: the number of requests per picture, as in ARCHITECTURE.md
//! - `affected`: pictures that a crate affected
//! - `repair`: the pictures of a bad component are found, repaired and verified
//! - `proof`: all of that during 2,000 uploads, with figures
//! - `publish`: components that are uploaded
//! - `refused`: components that must not become active
//! - `race`: concurrent publishers, swaps under load
//! - `hostile`: transforms that misbehave
//! - `broken`: pictures that cannot be rendered
//! - `encoded`: pictures that are uploaded compressed
//! - `store`: a failing store
//! - `leftovers`: workers that die at the worst moment
//! - `events`: the formats of events
//! - `chaos`: convergence under all faults at once
//! - `foreign`: an external S3 server
//! - `front`: delivery over HTTP: attacks, load
//! - `readers`: readers during all of that
//! - `announced`: results are announced, whichever process dies
//! - `steps`: routes of several steps
//! - `start`: configurations that cannot work
//! - `versions`: readers of immutable keys, and the cost of a change
//! - `telemetry`: metrics and logs

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod affected;
mod announced;
mod broken;
mod canary;
mod chaos;
mod console;
mod crash;
mod deliver;
mod document;
mod encoded;
mod events;
mod foreign;
mod front;
mod hostile;
mod leftovers;
mod manifest;
mod proof;
mod publish;
mod race;
mod readers;
mod refused;
mod repair;
mod requests;
mod shadow;
mod stage;
mod start;
mod steps;
mod store;
mod studio;
mod swap;
mod telemetry;
mod upload;
mod versions;
