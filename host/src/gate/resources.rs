//! The step that checks its declared resources against the limits.

use super::shape::Shape;
use super::{Refusal, Step};
use crate::code::Code;
use crate::sandbox::{
    CORE_INSTANCES_PER_COMPONENT, Limits, MEMORIES_PER_COMPONENT, TABLES_PER_COMPONENT,
};

/// The maximum initial size of a table.
const MAX_TABLE_ELEMENTS: u64 = 100_000;
/// The maximum number of core modules, instantiated or not.
const MAX_MODULES: u64 = CORE_INSTANCES_PER_COMPONENT as u64;
/// The maximum nesting depth. Components composed twice have three levels, and modules add one.
const MAX_DEPTH: u64 = 16;
/// Types of all modules and components together. CPython has about 2,000.
const MAX_TYPES: u64 = 50_000;
/// Functions of all modules together. SpiderMonkey has about 30,000.
const MAX_FUNCTIONS: u64 = 150_000;
/// The compiler's time grows faster than a function's size. The largest of
/// CPython, its interpreter's loop, has about 200 KiB.
const MAX_FUNCTION_BYTES: u64 = 1 << 20;

/// Compare its declared resources with the limits.
pub(super) fn check(shape: &Shape) -> Result<(), Refusal> {
    let refuse = |code, message: String, remedy: &str| {
        Err(Refusal::new(code, Step::Resources, message, remedy))
    };
    let limit = Limits::default().max_memory_bytes;
    let declared = shape.parts.memory_bytes;
    if declared > limit {
        return refuse(
            Code::MemoryTooLarge,
            format!("its memory starts with {declared} bytes; {limit} are allowed"),
            "Start with less, and grow when a picture needs it.",
        );
    }
    if shape.largest_table > MAX_TABLE_ELEMENTS {
        let elements = shape.largest_table;
        return refuse(
            Code::TableTooLarge,
            format!("a table starts with {elements} elements; {MAX_TABLE_ELEMENTS} are allowed"),
            "Use fewer function pointers.",
        );
    }
    let link = "Link what belongs together into one core module, and compose fewer components.";
    for (what, number, most, remedy) in [
        ("memories", shape.parts.memories, MEMORIES_PER_COMPONENT.into(), link),
        ("tables", shape.parts.tables, TABLES_PER_COMPONENT.into(), link),
        ("core modules", shape.modules as u64, MAX_MODULES, link),
        (
            "instances of core modules",
            shape.parts.instances,
            CORE_INSTANCES_PER_COMPONENT.into(),
            link,
        ),
        ("levels of nested components", shape.depth as u64, MAX_DEPTH, "Nest them less deeply."),
        ("types", shape.types, MAX_TYPES, "Remove interfaces that are not needed."),
    ] {
        if number > most {
            return refuse(
                Code::TooManyParts,
                format!("it has {number} {what}; {most} are allowed"),
                remedy,
            );
        }
    }
    if shape.functions > MAX_FUNCTIONS {
        return refuse(
            Code::CodeTooLarge,
            format!("it has {} functions; {MAX_FUNCTIONS} are allowed", shape.functions),
            "Remove what is not needed.",
        );
    }
    if shape.largest_function > MAX_FUNCTION_BYTES {
        return refuse(
            Code::CodeTooLarge,
            format!(
                "a function has {} bytes; {MAX_FUNCTION_BYTES} are allowed",
                shape.largest_function
            ),
            "Split it, or put tables into data instead of code.",
        );
    }
    Ok(())
}
