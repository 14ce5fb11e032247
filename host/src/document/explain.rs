//! Explains which route a picture takes.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Document, Route};
use crate::key::SourceKey;

/// Whether a route matches a picture, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RouteVerdict {
    /// The route's name.
    pub route: String,
    /// Whether it is the one that the picture takes.
    pub taken: bool,
    /// The reason, in a few words.
    pub why: String,
}

impl Document {
    /// The routes that are checked for a picture, up to the one that matches. Without a media type,
    /// every route's media types match.
    pub fn explain(&self, key: &SourceKey, media_type: Option<&str>) -> Vec<RouteVerdict> {
        let mut verdicts = Vec::new();
        for route in &self.routes {
            let verdict = verdict(route, key, media_type);
            let taken = verdict.taken;
            verdicts.push(verdict);
            if taken {
                break;
            }
        }
        verdicts
    }
}

fn verdict(route: &Route, key: &SourceKey, media_type: Option<&str>) -> RouteVerdict {
    let of_key = route.matches_key(key);
    let of_type = media_type.is_none_or(|kind| route.matches_media_type(kind));
    let (keys, types) = (patterns(route), route.media_types.join(", "));
    let kind = media_type.unwrap_or_default();
    let why = match (of_key, of_type) {
        (false, _) => format!("the key matches none of {keys}"),
        (true, false) => format!("{kind} is none of {types}"),
        (true, true) => {
            let by_key = match route.keys.iter().find(|pattern| pattern.matches(key.as_str())) {
                Some(pattern) => format!("the key matches `{}`", pattern.text()),
                None => "it takes every key".to_owned(),
            };
            let by_type = match (route.media_types.is_empty(), media_type) {
                (true, _) => "and every media type".to_owned(),
                (false, Some(kind)) => format!("and {kind} is one of {types}"),
                (false, None) => format!("if the picture is one of {types}"),
            };
            let left = if route.ignore { "; pictures of this route are ignored" } else { "" };
            format!("{by_key}, {by_type}{left}")
        }
    };
    RouteVerdict { route: route.name.clone(), taken: of_key && of_type, why }
}

fn patterns(route: &Route) -> String {
    let all: Vec<String> = route.keys.iter().map(|one| format!("`{}`", one.text())).collect();
    all.join(", ")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_first_route_that_matches_is_taken_and_the_others_say_why_not() {
        let text = br#"{"version": 2, "routes": [
            {"name": "drafts", "keys": ["drafts/**"], "ignore": true},
            {"name": "png", "media_types": ["image/png"], "steps": [{"transform": "resize"}]},
            {"name": "rest", "steps": [{"transform": "resize"}]},
            {"name": "never", "steps": [{"transform": "resize"}]}
        ]}"#;
        let document = Document::parse(text).unwrap();
        let of = |key: &str, kind| document.explain(&SourceKey::literal(key), kind);

        let verdicts = of("a.jpg", Some("image/jpeg"));
        let taken: Vec<_> = verdicts.iter().map(|one| (one.route.as_str(), one.taken)).collect();
        assert_eq!(taken, [("drafts", false), ("png", false), ("rest", true)]);
        assert_eq!(verdicts[0].why, "the key matches none of `drafts/**`");
        assert_eq!(verdicts[1].why, "image/jpeg is none of image/png");
        assert_eq!(of("drafts/a.png", None).len(), 1);
        let unknown = of("a", None);
        assert_eq!(unknown[1].why, "it takes every key, if the picture is one of image/png");
    }
}
