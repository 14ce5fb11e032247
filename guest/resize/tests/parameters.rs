//! A mistake in the parameters is reported with its field, its value and the remedy.

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
        (one(r#""name": "a", "width": 70000, "format": "jpeg""#), &["width", "70000", "65500"]),
        (one(r#""name": "a", "height": 16384, "format": "webp""#), &["height", "16384", "16383"]),
        (one(r#""name": "a", "width": 1, "quality": 101"#), &["quality", "101", "1 to 100"]),
        (one(r#""name": "a", "width": 1, "quality": 0"#), &["quality", "0", "1 to 100"]),
        (one(r#""name": "a", "width": 1, "fit": "crop"#.to_owned().as_str()), &["EOF"]),
        (one(r#""name": "a", "width": 1, "fit": "crop""#), &["fit", "crop", "cover", "inside"]),
        (one(r#""name": "a", "width": 1, "widht": 2"#), &["widht", "width"]),
        (one(r#""name": "a", "width": 1, "format": "avif""#), &["format", "AVIF", "resize-avif"]),
        (one(r#""name": "a", "width": 1, "format": "heic""#), &["format", "heic", "webp"]),
        (one(r#""name": "a", "width": 1, "format": "jpeg", "effort": 4"#), &["effort", "png"]),
        (one(r#""name": "a", "width": 1, "format": "png", "effort": 6"#), &["effort", "0 to 5"]),
        (one(r#""name": "a", "width": 1, "background": "red""#), &["background", "red", "#rrggbb"]),
        (one(r#""name": "a", "widths": [3, 0]"#), &["renditions[0].widths", "0"]),
        (one(r#""name": "a", "widths": [3, 3]"#), &["renditions[0].name", "`a-3`", "already"]),
        (one(r#""name": "a", "width": 3, "widths": [3]"#), &["renditions[0].widths", "`width`"]),
        (one(r#""name": "a", "width": 3, "formats": ["auto"]"#), &["formats", "`auto`", "webp"]),
        (
            one(r#""name": "a", "width": 3, "formats": ["webp"], "format": "jpeg""#),
            &["formats", "`format`"],
        ),
        (one(r#""name": "a", "width": 3, "fallback": ["gif"]"#), &["fallback", "`gif`", "png"]),
        (
            one(r#""name": "a", "width": 3, "format": "auto", "fallback": ["png"]"#),
            &["fallback", "`auto`"],
        ),
        (
            r#"{"renditions": [{"name": "a-1", "width": 1}, {"name": "a", "widths": [1]}]}"#
                .to_owned(),
            &["renditions[1].name", "`a-1`"],
        ),
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
fn the_plan_matches_the_renditions() {
    let specs = Resize::plan(&Parameters::default()).unwrap();
    let names: Vec<_> = specs.iter().map(|spec| spec.name.as_str()).collect();
    assert_eq!(names, ["thumbnail", "small", "medium", "large"]);
    assert_eq!(specs[0].media_types, ["image/jpeg"]);
    assert_eq!(specs[1].media_types, ["image/webp", "image/jpeg", "image/png"]);
    assert_eq!(specs[3].media_types, ["image/jpeg", "image/png"]);

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
fn a_family_is_planned_as_its_members() {
    let parameters = r#"{"renditions": [
        {"name": "card", "widths": [20, 40, 999], "formats": ["webp", "jpeg"], "quality": 70}]}"#;
    let parsed: Parameters = serde_json::from_str(parameters).unwrap();
    let specs = Resize::plan(&parsed).unwrap();
    let planned: Vec<_> =
        specs.iter().map(|spec| (spec.name.clone(), spec.media_types.clone())).collect();
    let member =
        |width: u32, word: &str| (format!("card-{width}-{word}"), vec![format!("image/{word}")]);
    let expected: Vec<_> = [20, 40, 999]
        .into_iter()
        .flat_map(|width| ["webp", "jpeg"].map(|word| member(width, word)))
        .collect();
    assert_eq!(planned, expected);

    let picture = rgb_png(100, 50, &quarters(100, 50));
    let mut made = render(&picture, parameters).unwrap();
    made.sort_by_key(|r| planned.iter().position(|(name, _)| *name == r.name));
    let sizes: Vec<_> = made.iter().map(|r| (r.width, r.height)).collect();
    // The widest is as wide as the picture.
    assert_eq!(sizes, [(20, 10), (20, 10), (40, 20), (40, 20), (100, 50), (100, 50)]);
    for (rendition, (name, types)) in made.iter().zip(&planned) {
        assert_eq!((&rendition.name, &rendition.media_type), (name, &types[0]));
    }
}

#[test]
fn nothing_is_enlarged_unless_that_is_asked_for() {
    let picture = rgb_png(64, 40, &quarters(64, 40));
    for (fields, expected) in [
        (r#""width": 160"#, (64, 40)),
        (r#""width": 160, "height": 160, "fit": "cover""#, (64, 40)),
        (r#""width": 160, "without_enlargement": false"#, (160, 100)),
        (r#""width": 32"#, (32, 20)),
    ] {
        let made = one(&picture, fields).unwrap();
        assert_eq!((made.width, made.height), expected, "{fields}");
    }
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

#[cfg(not(feature = "faces"))]
#[test]
fn faces_are_another_component_s() {
    let picture = rgb_png(4, 4, &quarters(4, 4));
    let refused = one(&picture, r#""width": 2, "height": 2, "position": "faces""#);
    let Err(Error::InvalidParameters(message)) = refused else { panic!("{refused:?}") };
    assert!(message.contains("`resize-faces`"), "{message}");
}
