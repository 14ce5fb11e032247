//! What it declares fits the limits.

use super::shape::Shape;
use super::{Refusal, Step};
use crate::code::Code;
use crate::sandbox::{CORE_INSTANCES_PER_COMPONENT, Limits};

/// Elements that a table may start with.
const MAX_TABLE_ELEMENTS: u64 = 100_000;
/// Core modules, their instances, and tables: what an instance's place in the
/// sandbox has room for.
const MAX_PARTS: usize = CORE_INSTANCES_PER_COMPONENT as usize;
/// Functions of all modules together. SpiderMonkey has about 30,000.
const MAX_FUNCTIONS: u64 = 150_000;
/// The compiler's time grows faster than a function's size. The largest of
/// CPython, its interpreter's loop, has about 200 KiB.
const MAX_FUNCTION_BYTES: u64 = 1 << 20;

/// Compare what it declares with the limits.
pub(super) fn check(shape: &Shape) -> Result<(), Refusal> {
    let refuse = |code, message: String, remedy: &str| {
        Err(Refusal::new(code, Step::Resources, message, remedy))
    };
    let limit = Limits::default().max_memory_bytes;
    let declared = shape.memories.iter().fold(0_u64, |sum, bytes| sum.saturating_add(*bytes));
    if declared > limit {
        return refuse(
            Code::MemoryTooLarge,
            format!("its memory starts with {declared} bytes; {limit} are allowed"),
            "Start with less, and grow when a picture needs it.",
        );
    }
    if let Some(elements) = shape.tables.iter().find(|elements| **elements > MAX_TABLE_ELEMENTS) {
        return refuse(
            Code::TableTooLarge,
            format!("a table starts with {elements} elements; {MAX_TABLE_ELEMENTS} are allowed"),
            "Fewer functions whose addresses are taken.",
        );
    }
    for (what, number, most) in [
        ("memories", shape.memories.len(), 1),
        ("tables", shape.tables.len(), MAX_PARTS),
        ("core modules", shape.modules, MAX_PARTS),
        ("instances of core modules", shape.instances, MAX_PARTS),
    ] {
        if number > most {
            return refuse(
                Code::TooManyParts,
                format!("it has {number} {what}; {most} are allowed"),
                "Link what belongs together into one core module.",
            );
        }
    }
    if shape.functions > MAX_FUNCTIONS {
        return refuse(
            Code::CodeTooLarge,
            format!("it has {} functions; {MAX_FUNCTIONS} are allowed", shape.functions),
            "Leave out what is not needed.",
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
