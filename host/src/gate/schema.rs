//! The step that checks its parameter schema and its defaults.

use boon::{CompileError, Compiler, Draft, SchemaIndex, Schemas, UrlLoader};
use serde_json::Value;

use super::{Refusal, Step};
use crate::code::Code;
use crate::sandbox::Description;

/// The schema's URL during validation. Nothing is fetched.
const NAME: &str = "obscura:parameters";

/// A schema must be self-contained: no files, no network.
struct NoLoader;

impl UrlLoader for NoLoader {
    fn load(&self, url: &str) -> Result<Value, Box<dyn std::error::Error>> {
        Err(format!("`{url}` is outside the schema, and nothing is fetched").into())
    }
}

/// Compile the schema, and check the defaults against it.
pub(super) fn check(description: &Description) -> Result<(), Refusal> {
    let (schemas, index) = compile(&description.parameters_schema).map_err(|error| {
        Refusal::new(
            Code::SchemaInvalid,
            Step::Schema,
            format!("`parameters-schema` is not a JSON Schema (2020-12): {error}"),
            "Correct it; in Rust, derive it with schemars.",
        )
    })?;
    let satisfied = parse(&description.default_parameters).and_then(|defaults| {
        let valid = schemas.validate(&defaults, index);
        valid.map_err(|error| shorten(&format!("{error}")))
    });
    satisfied.map_err(|error| {
        Refusal::new(
            Code::DefaultsInvalid,
            Step::Schema,
            format!("`default-parameters` do not satisfy the schema: {error}"),
            "Make the two agree.",
        )
    })
}

fn compile(text: &str) -> Result<(Schemas, SchemaIndex), String> {
    let schema = parse(text)?;
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.set_default_draft(Draft::V2020_12);
    compiler.use_loader(Box::new(NoLoader));
    let failed = |error: CompileError| shorten(&format!("{error:#}"));
    compiler.add_resource(NAME, schema).map_err(failed)?;
    let index = compiler.compile(NAME, &mut schemas).map_err(failed)?;
    Ok((schemas, index))
}

fn parse(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("it is not JSON: {error}"))
}

fn shorten(text: &str) -> String {
    text.chars().take(1_000).collect()
}
