//! What a component's sections say, before anything of it is compiled.

use crate::code::Code;
use wasmparser::{BinaryReaderError, Encoding, Parser, Payload};

use super::{Refusal, Step};

/// What a component declares.
#[derive(Debug, Default)]
pub(super) struct Shape {
    /// The names that it imports.
    pub(super) imports: Vec<String>,
    /// The names that it exports.
    pub(super) exports: Vec<String>,
    /// Its core modules.
    pub(super) modules: usize,
    /// Instances of core modules that it makes.
    pub(super) instances: usize,
    /// The sizes in bytes that its memories start with.
    pub(super) memories: Vec<u64>,
    /// The numbers of elements that its tables start with.
    pub(super) tables: Vec<u64>,
    /// Its functions.
    pub(super) functions: u64,
    /// The size of the largest function's body, in bytes.
    pub(super) largest_function: u64,
}

/// Read the sections of a component and of all that is in it.
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
    // How deep in nested modules and components we are; 1 is the component's
    // own level.
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::Version { encoding, .. } => {
                depth += 1;
                shape.modules += usize::from(encoding == Encoding::Module);
            }
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 1 => {
                for import in section {
                    shape.imports.push(import?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 1 => {
                for export in section {
                    shape.exports.push(export?.name.name.to_owned());
                }
            }
            Payload::InstanceSection(section) => {
                for instance in section {
                    let instance = instance?;
                    let made = matches!(instance, wasmparser::Instance::Instantiate { .. });
                    shape.instances += usize::from(made);
                }
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    let memory = memory?;
                    let page = 1_u64 << memory.page_size_log2.unwrap_or(16).min(32);
                    shape.memories.push(memory.initial.saturating_mul(page));
                }
            }
            Payload::TableSection(section) => {
                for table in section {
                    shape.tables.push(table?.ty.initial);
                }
            }
            Payload::CodeSectionStart { count, .. } => shape.functions += u64::from(count),
            Payload::CodeSectionEntry(body) => {
                let size = body.range().len() as u64;
                shape.largest_function = shape.largest_function.max(size);
            }
            _ => {}
        }
    }
    Ok(shape)
}
