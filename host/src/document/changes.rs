//! Differences between two documents.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Document, Inputs, Route, Step};

/// The changes of a document relative to the active one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Changes {
    /// New routes.
    pub added: Vec<String>,
    /// Removed routes.
    pub gone: Vec<String>,
    /// Changed routes.
    pub changed: Vec<RouteChange>,
    /// Whether the order of the remaining routes has changed.
    pub reordered: bool,
}

/// The changes of a route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RouteChange {
    /// The route.
    pub route: String,
    /// The fields that differ, such as `steps.resize.parameters`.
    pub fields: Vec<String>,
    /// Steps that will run again for pictures of this route.
    pub renders_anew: Vec<String>,
}

/// The fields of a step that affect its renditions or their keys.
const RENDERED_BY: [&str; 7] =
    ["of", "names", "replace", "transform", "channel", "digest", "parameters"];
/// Limits that a transform can query.
const LIMITS_RENDERED_BY: [&str; 3] = ["max_pixels", "max_frames", "max_memory_mib"];
/// The fields of a route that affect how renditions are stored.
const STORED_BY: [&str; 2] = ["key_template", "cache_control"];

impl Changes {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The changes from `before` to `after`. Routes and steps are matched by name.
pub fn changes(before: &Document, after: &Document) -> Changes {
    let find = |document: &Document, name: &str| {
        document.routes.iter().position(|route| route.name == name)
    };
    let names = |of: &Document, without: &Document| {
        let routes = of.routes.iter().filter(|route| find(without, &route.name).is_none());
        routes.map(|route| route.name.clone()).collect()
    };
    let kept: Vec<(usize, &Route)> = after
        .routes
        .iter()
        .filter_map(|route| find(before, &route.name).map(|at| (at, route)))
        .collect();
    let changed = kept.iter().filter_map(|(at, route)| {
        before.routes.get(*at).and_then(|before| route_change(before, route))
    });
    Changes {
        added: names(after, before),
        gone: names(before, after),
        changed: changed.collect(),
        reordered: !kept.is_sorted_by_key(|(at, _)| *at),
    }
}

fn route_change(before: &Route, after: &Route) -> Option<RouteChange> {
    let mut fields = differences(before, after);
    fields.retain(|field| field != "steps");
    let stored_anew = fields.iter().any(|field| STORED_BY.contains(&field.as_str()));
    let mut renders_anew: Vec<String> = Vec::new();
    let was = |name: &str| before.steps.iter().find(|step| step.name() == name);
    for step in &after.steps {
        let name = step.name();
        let differ = was(name).map(|was| differences(was, step));
        let reads_anew = match &step.of {
            Inputs::Source => false,
            Inputs::Renditions(read) => {
                read.iter().any(|one| renders_anew.iter().any(|step| step == one.step.as_str()))
            }
        };
        let by_itself = was(name).is_none_or(|was| renders_otherwise(was, step));
        if stored_anew || reads_anew || by_itself {
            renders_anew.push(name.to_owned());
        }
        match differ {
            Some(differ) => {
                fields.extend(differ.iter().map(|field| format!("steps.{name}.{field}")));
            }
            None => fields.push(format!("steps.{name}")),
        }
    }
    let gone = before.steps.iter().map(Step::name);
    let gone = gone.filter(|name| !after.steps.iter().any(|step| step.name() == *name));
    fields.extend(gone.map(|name| format!("steps.{name}")));
    let route = after.name.clone();
    (!fields.is_empty()).then_some(RouteChange { route, fields, renders_anew })
}

fn renders_otherwise(before: &Step, after: &Step) -> bool {
    let differ = differences(before, after);
    let limits = differences(&before.limits, &after.limits);
    differ.iter().any(|field| RENDERED_BY.contains(&field.as_str()))
        || limits.iter().any(|field| LIMITS_RENDERED_BY.contains(&field.as_str()))
}

/// The names of the members that differ.
fn differences(before: &impl Serialize, after: &impl Serialize) -> Vec<String> {
    let members = |value: Option<Value>| match value {
        Some(Value::Object(members)) => members,
        _ => serde_json::Map::new(),
    };
    let before = members(serde_json::to_value(before).ok());
    let after = members(serde_json::to_value(after).ok());
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    let differ = names.into_iter().filter(|name| before.get(*name) != after.get(*name));
    differ.cloned().collect()
}
