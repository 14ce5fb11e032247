//! A mistake in the parameters is told with its field, its value and the remedy.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use obscura_sdk::{Error, Transform};
use resize::Resize;
use resize::parameters::Parameters;
use support::*;

fn mistake(parameters: &str) -> String {
    let picture = rgb_png(4, 4, &quarters(4, 4));
    match render(&picture, parameters) {
        Err(Error::InvalidParameters(message)) => message,
        other => panic!("{parameters}: {other:?}"),
    }
}

#[test]
fn mistakes_are_named() {
    let one = |fields: &str| format!(r#"{{"renditions": [{{{fields}}}]}}"#);
    for (parameters, words) in [
        (r#"{"renditions": []}"#.to_owned(), &["renditions", "empty"][..]),
        (r#"{"rendition": []}"#.to_owned(), &["rendition"]),
        (one(r#""name": "A", "width": 1"#), &["renditions[0].name", "`A`", "a–z"]),
        (one(r#""name": "", "width": 1"#), &["renditions[0].name"]),
        (one(r#""name": "a""#), &["renditions[0].width", "height"]),
        (one(r#""name": "a", "width": 0"#), &["renditions[0].width", "0", "16383"]),
        (one(r#""name": "a", "width": 70000, "format": "jpeg""#), &["width", "70000", "65535"]),
        (one(r#""name": "a", "height": 16384, "format": "webp""#), &["height", "16384", "16383"]),
        (one(r#""name": "a", "width": 1, "quality": 101"#), &["quality", "101", "1 to 100"]),
        (one(r#""name": "a", "width": 1, "quality": 0"#), &["quality", "0", "1 to 100"]),
        (one(r#""name": "a", "width": 1, "fit": "crop"#.to_owned().as_str()), &["EOF"]),
        (one(r#""name": "a", "width": 1, "fit": "crop""#), &["fit", "crop", "cover", "inside"]),
        (one(r#""name": "a", "width": 1, "widht": 2"#), &["widht", "width"]),
        (one(r#""name": "a", "width": 1, "format": "avif""#), &["format", "AVIF", "resize-avif"]),
        (one(r#""name": "a", "width": 1, "format": "heic""#), &["format", "heic", "webp"]),
        (one(r#""name": "a", "width": 1, "effort": 4"#), &["effort", "avif"]),
        (one(r#""name": "a", "width": 1, "background": "red""#), &["background", "red", "#rrggbb"]),
        (
            r#"{"renditions": [{"name": "a", "width": 1}, {"name": "a", "width": 2}]}"#.to_owned(),
            &["renditions[1].name", "`a`"],
        ),
    ] {
        let message = mistake(&parameters);
        for word in words {
            assert!(message.contains(word), "{parameters}: {message}");
        }
    }
}

#[test]
fn the_plan_announces_what_is_made() {
    let specs = Resize::plan(&Parameters::default()).unwrap();
    let names: Vec<_> = specs.iter().map(|spec| spec.name.as_str()).collect();
    assert_eq!(names, ["thumbnail", "small", "medium", "large"]);
    assert_eq!(specs[1].media_types, ["image/webp"]);

    let parameters = r#"{"renditions": [{"name": "a", "width": 3}]}"#;
    let parameters: Parameters = serde_json::from_str(parameters).unwrap();
    let specs = Resize::plan(&parameters).unwrap();
    assert_eq!(specs[0].media_types, ["image/jpeg", "image/png", "image/webp"]);
}

#[test]
fn the_defaults_survive_as_text() {
    let text = serde_json::to_string(&Parameters::default()).unwrap();
    let back: Parameters = serde_json::from_str(&text).unwrap();
    assert_eq!(back, Parameters::default());
}

#[test]
fn both_spellings_of_never_enlarge() {
    for field in ["without_enlargement", "withoutEnlargement"] {
        let picture = rgb_png(4, 4, &quarters(4, 4));
        let made = one(&picture, &format!(r#""width": 8, "{field}": true"#)).unwrap();
        assert_eq!((made.width, made.height), (4, 4));
    }
}

#[test]
fn the_schema_describes_every_field() {
    let schema = serde_json::to_value(schemars::schema_for!(Parameters)).unwrap();
    let fields = schema.pointer("/$defs/Rendition/properties").unwrap().as_object().unwrap();
    assert!(fields.len() >= 9);
    for (name, field) in fields {
        assert!(field.get("description").is_some(), "{name}");
    }
}
