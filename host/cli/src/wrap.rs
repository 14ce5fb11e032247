//! `obscura wrap`: make a transform from a core module, or from a component that works on whole
//! files.

mod module;

use std::path::PathBuf;

use anyhow::{Context as _, anyhow};
use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions, plug};

use crate::component::Component;
use crate::{DONE, built, style};

/// Make a transform from a core module, or from a component that works on whole files
///
/// C, C++ and Zig compilers produce core modules. A module with the contract's exports becomes a
/// component; its WASI 0.1 calls are translated.
///
/// The tools of some languages do not support resources, through which a transform reads a picture
/// while it downloads. A component or module of the world `file-transform` (wit/file.wit) gets the
/// whole picture as bytes, and returns all renditions at once. The result contains both that
/// component and a small adapter, each with its own memory.
///
/// Both are published like any other transform.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The core module, or the component of the world `file-transform`
    #[arg(value_name = "C.wasm")]
    component: PathBuf,

    /// The output file
    #[arg(long, value_name = "FILE")]
    out: PathBuf,

    /// The adapter for whole files. Default: the one next to this program
    #[arg(long, value_name = "FILE")]
    adapter: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  zig cc --target=wasm32-wasi -mexec-model=reactor -Os -o size.core.wasm \
      main.c bindings/transform.c
  obscura wrap size.core.wasm --out size.wasm
      A transform in C: `obscura new size --language c` writes it.
  componentize-qjs --wit wit --world file-transform --js size.js --sync --output size.file.wasm
  obscura wrap size.file.wasm --out size.wasm
  obscura check size.wasm
      A transform in JavaScript of 1 MiB.
Exit codes: 0 written, 2 nothing was written.";

/// Wrap it.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let name = arguments.component.display();
    let mut component = Component::read(Some(&arguments.component))?.bytes;
    let mut whole_files = true;
    if module::is_module(&component) {
        let made = module::component(component).with_context(|| {
            format!("{name} is a core module, but not a transform; see wit/transform.wit")
        })?;
        (component, whole_files) = (made.bytes, made.whole_files);
    }
    if whole_files {
        let adapter = match &arguments.adapter {
            Some(path) => path.clone(),
            None => built::file_adapter()?,
        };
        let adapter = Component::read(Some(&adapter))?.bytes;
        component = wrap(component, adapter).with_context(|| {
            format!("{name} cannot be wrapped; it must target the world `file-transform`")
        })?;
    }
    let out = &arguments.out;
    std::fs::write(out, component).with_context(|| format!("cannot write {}", out.display()))?;
    style::complain(&format!("{}; check whether it would be published:", out.display()));
    style::complain(&format!("obscura check {}", out.display()));
    Ok(DONE)
}

/// Plug the component into the adapter's imports.
fn wrap(component: Vec<u8>, adapter: Vec<u8>) -> anyhow::Result<Vec<u8>> {
    let mut graph = CompositionGraph::new();
    let mut register = |name: &str, bytes: Vec<u8>| -> anyhow::Result<_> {
        let package = Package::from_bytes(name, None, bytes, graph.types_mut());
        let package = package.map_err(|error| anyhow!("{error:#}"))?;
        Ok(graph.register_package(package)?)
    };
    let component = register("obscura:file-transform", component)?;
    let adapter = register("obscura:file-adapter", adapter)?;
    plug(&mut graph, vec![component], adapter)?;
    Ok(graph.encode(EncodeOptions::default())?)
}
