//! The whole pipeline: the real `bootstrap` as child processes, real components, S3 over HTTP.
//!
//! - `stage`: a pipeline to play on, one for each test
//! - `upload`: uploads, overwrites, deletes, repeats
//! - `manifest`: what is recorded, and that it is the same every time
//! - `swap`: components and documents that change while it runs
//! - `document`: documents that are proved before they are taken up
//! - `canary`: a share of the pictures for a new component
//! - `shadow`: candidates that nobody sees
//! - `deliver`: renditions that are made when somebody asks for them
//! - `console`: what the command line says when something is down
//! - `crash`: the function is killed at every request
//! - `requests`: what a picture costs in requests, as ARCHITECTURE.md says
//! - `affected`: what a crate has had a hand in
//! - `repair`: what a bad component made is found, mended and proved
//! - `proof`: all of that among 2,000 uploads, with figures
//! - `publish`: components that are uploaded
//! - `refused`: components that must not become active
//! - `race`: publishers at the same time, swaps under load
//! - `hostile`: transforms that misbehave
//! - `broken`: pictures that cannot be rendered
//! - `encoded`: pictures that are uploaded compressed
//! - `store`: a store that fails
//! - `leftovers`: workers that die at the worst moment
//! - `events`: the shapes that events come in
//! - `chaos`: everything at once, and it converges
//! - `front`: delivery through its port: attacks, crowds
//! - `readers`: readers during everything at once
//! - `announced`: what became of pictures is told, whoever dies
//! - `steps`: routes of several steps
//! - `start`: configurations that cannot work
//! - `versions`: what readers see of keys that never change, and what a change costs
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
mod swap;
mod telemetry;
mod upload;
mod versions;
