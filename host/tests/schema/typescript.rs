//! TypeScript types from a JSON Schema, for the subset that schemars writes.

use std::fmt::Write as _;

use serde_json::Value;

const HEADER: &str = "\
// The record of a picture, at `<key>/manifest.json`, in version 2.
// Made of manifest.schema.json by `just schema`; do not edit.
";

/// The declarations of the schema's root, named `root`, and of everything that it refers to.
pub(crate) fn declarations(schema: &Value, root: &str) -> String {
    let mut text = HEADER.to_owned();
    declare(&mut text, root, schema);
    for (name, part) in schema["$defs"].as_object().into_iter().flatten() {
        declare(&mut text, name, part);
    }
    text
}

fn declare(text: &mut String, name: &str, part: &Value) {
    text.push('\n');
    comment(text, "", part);
    if part["properties"].is_object() {
        let _ = writeln!(text, "export interface {name} {}", object(part, ""));
    } else {
        let _ = writeln!(text, "export type {name} = {};", of(part, ""));
    }
}

/// A description as a doc comment.
fn comment(text: &mut String, indent: &str, part: &Value) {
    let Some(described) = part["description"].as_str() else { return };
    let lines: Vec<&str> = described.lines().collect();
    if let [line] = lines.as_slice() {
        let _ = writeln!(text, "{indent}/** {line} */");
        return;
    }
    let _ = writeln!(text, "{indent}/**");
    for line in lines {
        let _ = writeln!(text, "{}", format!("{indent} * {line}").trim_end());
    }
    let _ = writeln!(text, "{indent} */");
}

fn object(part: &Value, indent: &str) -> String {
    let deeper = format!("{indent}  ");
    let required = |name: &str| {
        part["required"].as_array().into_iter().flatten().any(|one| one.as_str() == Some(name))
    };
    let mut text = "{\n".to_owned();
    for (name, property) in part["properties"].as_object().into_iter().flatten() {
        comment(&mut text, &deeper, property);
        let optional = if required(name) { "" } else { "?" };
        let _ = writeln!(text, "{deeper}{name}{optional}: {};", of(property, &deeper));
    }
    text + indent + "}"
}

/// The type of a value.
///
/// # Panics
/// If the schema uses an unknown construct.
fn of(part: &Value, indent: &str) -> String {
    if let Some(reference) = part["$ref"].as_str() {
        return reference.rsplit('/').next().unwrap().to_owned();
    }
    if let Some(constant) = part.get("const") {
        return constant.to_string();
    }
    if let Some(values) = part["enum"].as_array() {
        let values: Vec<String> = values.iter().map(Value::to_string).collect();
        return values.join(&format!("\n{indent}  | "));
    }
    if let Some(parts) = part["oneOf"].as_array().or(part["anyOf"].as_array()) {
        return union(parts.iter().map(|one| of(one, indent)));
    }
    match &part["type"] {
        Value::String(name) => simple(name, part, indent),
        Value::Array(names) => {
            union(names.iter().map(|name| simple(name.as_str().unwrap(), part, indent)))
        }
        // Anything.
        Value::Null => "unknown".to_owned(),
        other => panic!("a type that is not known: {other}"),
    }
}

fn union(types: impl Iterator<Item = String>) -> String {
    types.collect::<Vec<_>>().join(" | ")
}

fn simple(name: &str, part: &Value, indent: &str) -> String {
    match name {
        "integer" | "number" => "number".to_owned(),
        "string" | "boolean" | "null" => name.to_owned(),
        "array" => match part["prefixItems"].as_array() {
            Some(items) => {
                let items: Vec<String> = items.iter().map(|item| of(item, indent)).collect();
                format!("[{}]", items.join(", "))
            }
            None => {
                let item = of(&part["items"], indent);
                if item.contains('|') { format!("({item})[]") } else { format!("{item}[]") }
            }
        },
        "object" if part["properties"].is_object() => object(part, indent),
        "object" => "Record<string, unknown>".to_owned(),
        other => panic!("a type that is not known: {other}"),
    }
}

#[test]
fn types_match_the_schema() {
    let schema = serde_json::json!({
        "description": "A thing.",
        "type": "object",
        "required": ["name", "pair"],
        "properties": {
            "name": { "description": "Its name.\n\nIn full.", "$ref": "#/$defs/Name" },
            "pair": { "type": "array", "prefixItems": [{ "type": "string" }, { "type": "integer" }] },
            "kinds": { "type": "array", "items": { "$ref": "#/$defs/Kind" } },
            "size": { "type": ["integer", "null"] },
            "parts": { "anyOf": [{ "$ref": "#/$defs/Name" }, { "type": "null" }] },
            "data": true,
        },
        "$defs": {
            "Name": { "type": "string" },
            "Kind": { "oneOf": [
                { "description": "One.", "type": "string", "const": "a" },
                { "type": "string", "const": "b" },
            ] },
        },
    });
    let types = declarations(&schema, "Thing");
    let body = types.strip_prefix(HEADER).unwrap();
    assert_eq!(
        body,
        r#"
/** A thing. */
export interface Thing {
  data?: unknown;
  kinds?: Kind[];
  /**
   * Its name.
   *
   * In full.
   */
  name: Name;
  pair: [string, number];
  parts?: Name | null;
  size?: number | null;
}

export type Kind = "a" | "b";

export type Name = string;
"#
    );
}
