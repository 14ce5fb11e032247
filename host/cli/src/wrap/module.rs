//! Turns a core module of a C, C++ or Zig compiler into a component.

use anyhow::Context as _;
use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wasmparser::{Parser, Payload};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{Resolve, SourceMap};

/// The interface of transforms of whole files.
const FILE_TRANSFORMER: &str = "obscura:transform/file-transformer@";
/// The contract that modules are built against.
const CONTRACT: [(&str, &str); 2] = [
    ("transform.wit", include_str!("../../../../wit/transform.wit")),
    ("file.wit", include_str!("../../../../wit/file.wit")),
];
/// The custom sections in which tools record a module's world.
const METADATA: &str = "component-type";

/// Whether these bytes are a core module, not a component.
pub(super) fn is_module(bytes: &[u8]) -> bool {
    Parser::is_core_wasm(bytes)
}

/// A component made from a module.
pub(super) struct Made {
    pub(super) bytes: Vec<u8>,
    /// It works on whole files.
    pub(super) whole_files: bool,
}

/// Make a component from a module with the contract's exports.
///
/// Calls of WASI 0.1 are translated to WASI 0.2 by Wasmtime's adapter.
pub(super) fn component(mut module: Vec<u8>) -> anyhow::Result<Made> {
    let Found { described, whole_files } = look(&module)?;
    if !described {
        let mut resolve = Resolve::default();
        let mut sources = SourceMap::new();
        for (name, text) in CONTRACT {
            sources.push_str(name, text);
        }
        let parsed = sources.parse().map_err(|(_, error)| error).context("the contract")?;
        let package = resolve.push_group(parsed).context("the contract")?;
        let world = if whole_files { "file-transform" } else { "transform" };
        let world = resolve.select_world(&[package], Some(world))?;
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    }
    let bytes = ComponentEncoder::default()
        .module(&module)?
        .adapter(WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER)?
        .encode()?;
    Ok(Made { bytes, whole_files })
}

/// A module's metadata.
struct Found {
    /// It names its world.
    described: bool,
    /// It has the exports of a transform of whole files.
    whole_files: bool,
}

fn look(module: &[u8]) -> anyhow::Result<Found> {
    let mut found = Found { described: false, whole_files: false };
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::CustomSection(section) if section.name().starts_with(METADATA) => {
                found.described = true;
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    found.whole_files |= export?.name.starts_with(FILE_TRANSFORMER);
                }
            }
            _ => {}
        }
    }
    Ok(found)
}
