//! Reads a component's sections before it is compiled.

use crate::code::Code;
use crate::component::{DEPENDENCIES, Dependencies};
use wasmparser::{BinaryReaderError, Encoding, Parser, Payload};

use super::nesting::{Nesting, Parts};
use super::{Refusal, Step};

/// The declarations of a component.
#[derive(Debug, Default)]
pub(super) struct Shape {
    /// The names that it imports.
    pub(super) imports: Vec<String>,
    /// The names that it exports.
    pub(super) exports: Vec<String>,
    /// Its core modules.
    pub(super) modules: usize,
    /// The nesting depth of modules and components.
    pub(super) depth: usize,
    /// Types, of all modules and components together.
    pub(super) types: u64,
    /// The resources of an instance.
    pub(super) parts: Parts,
    /// The largest initial size of a table.
    pub(super) largest_table: u64,
    /// Its functions.
    pub(super) functions: u64,
    /// The size of the largest function's body, in bytes.
    pub(super) largest_function: u64,
    /// The crates that it declares.
    pub(super) dependencies: Dependencies,
}

/// Read the sections of a component and its nested ones.
pub(super) fn read(bytes: &[u8]) -> Result<Shape, Refusal> {
    collect(bytes).map_err(|error| {
        Refusal::new(
            Code::ComponentMalformed,
            Step::File,
            format!("its sections cannot be read: {error}"),
            "Upload the whole file; if it is whole, build it with current tools.",
        )
    })
}

fn collect(bytes: &[u8]) -> Result<Shape, BinaryReaderError> {
    let mut shape = Shape::default();
    let mut nesting = Nesting::default();
    let mut lists = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload?;
        nesting.read(&payload)?;
        // The component's own level is 1.
        let level = nesting.level();
        match payload {
            Payload::Version { encoding, .. } => {
                shape.modules += usize::from(encoding == Encoding::Module);
            }
            Payload::ComponentImportSection(section) if level == 1 => {
                for import in section {
                    shape.imports.push(import?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if level == 1 => {
                for export in section {
                    shape.exports.push(export?.name.name.to_owned());
                }
            }
            Payload::TypeSection(section) => shape.types += u64::from(section.count()),
            Payload::CoreTypeSection(section) => shape.types += u64::from(section.count()),
            Payload::ComponentTypeSection(section) => shape.types += u64::from(section.count()),
            Payload::TableSection(section) => {
                for table in section {
                    shape.largest_table = shape.largest_table.max(table?.ty.initial);
                }
            }
            Payload::CodeSectionStart { count, .. } => shape.functions += u64::from(count),
            Payload::CodeSectionEntry(body) => {
                let size = body.range().len() as u64;
                shape.largest_function = shape.largest_function.max(size);
            }
            Payload::CustomSection(section) if section.name() == DEPENDENCIES => {
                lists.push(section.data());
            }
            _ => {}
        }
    }
    shape.dependencies = Dependencies::of(lists);
    (shape.parts, shape.depth) = (nesting.whole, nesting.depth);
    Ok(shape)
}
