//! The renditions of given pictures.

#![allow(clippy::unwrap_used, clippy::panic)]

use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};
use obscura_sdk::testing::{DEFAULT_LIMITS, render as run};
use obscura_sdk::{Error, Rendition, Transform};
use placeholder::{Parameters, Placeholder};
use serde_json::Value;

const COFFEE: &[u8] = include_bytes!("../../../examples/photos/coffee.jpg");
const TURNED: &[u8] = include_bytes!("../../../examples/photos/coffee-turned.jpg");
const CAT: &[u8] = include_bytes!("../../../examples/photos/chelsea.png");

fn render(picture: &[u8], parameters: &str) -> (Value, Rendition) {
    let made = run::<Placeholder>(picture, parameters, DEFAULT_LIMITS).unwrap();
    let [facts, preview] = made.try_into().unwrap();
    assert_eq!((facts.name.as_str(), preview.name.as_str()), ("placeholder", "preview"));
    assert_eq!(facts.media_type, "application/json");
    (serde_json::from_slice(&facts.body).unwrap(), preview)
}

#[test]
fn a_photograph_has_a_hash_a_colour_and_a_tiny_picture() {
    let (facts, preview) = render(COFFEE, "");
    assert_eq!((&facts["width"], &facts["height"]), (&600.into(), &400.into()));
    assert_eq!(facts["has_alpha"], false);
    assert_eq!(facts["color"].as_str().unwrap().len(), 7);
    assert!(facts["thumbhash"].as_str().unwrap().len() >= 24);
    assert!(facts.get("blurhash").is_none() && facts.get("preview").is_none());
    assert_eq!(preview.media_type, "image/webp");
    let tiny = image::load_from_memory(&preview.body).unwrap();
    assert_eq!((tiny.width(), tiny.height()), (32, 21));
    assert_eq!((preview.width, preview.height), (32, 21));
}

#[test]
fn a_turned_photograph_looks_the_same() {
    // It was encoded again, so the bytes differ.
    let ((upright, small), (turned, other)) = (render(COFFEE, ""), render(TURNED, ""));
    assert_eq!((&turned["width"], &turned["height"]), (&600.into(), &400.into()));
    assert_eq!(upright["color"].as_str().unwrap()[..2], turned["color"].as_str().unwrap()[..2]);
    let [small, other] = [small, other].map(|one| image::load_from_memory(&one.body).unwrap());
    let pairs = small.to_rgb8().into_raw().into_iter().zip(other.to_rgb8().into_raw());
    let sum: u64 = pairs.map(|(a, b)| u64::from(a.abs_diff(b))).sum();
    assert!(sum / (32 * 21 * 3) <= 3, "{sum}");
}

#[test]
fn opacity_is_reported() {
    let mut picture = RgbaImage::from_pixel(64, 64, Rgba([200, 100, 50, 255]));
    picture.rows_mut().take(20).flatten().for_each(|pixel| *pixel = Rgba([0; 4]));
    let mut file = std::io::Cursor::new(Vec::new());
    DynamicImage::from(picture).write_to(&mut file, ImageFormat::Png).unwrap();
    let (facts, _) = render(file.get_ref(), "");
    assert_eq!((&facts["has_alpha"], &facts["color"]), (&true.into(), &"#c86432".into()));
    // The cat has a few clear pixels at the edge.
    assert_eq!(render(CAT, "").0["has_alpha"], true);
}

#[test]
fn parameters_are_heeded() {
    let parameters = r#"{"hash": "blurhash", "size": 8, "format": "png", "inline": true}"#;
    let (facts, preview) = render(CAT, parameters);
    assert_eq!(facts["blurhash"].as_str().unwrap().len(), 28);
    assert!(facts.get("thumbhash").is_none());
    assert_eq!((preview.width, preview.height), (8, 5));
    assert!(preview.body.starts_with(b"\x89PNG"));
    assert!(facts["preview"].as_str().unwrap().starts_with("data:image/png;base64,iVBOR"));

    let (facts, preview) = render(CAT, r#"{"hash": "none", "format": "jpeg"}"#);
    assert!(facts.get("blurhash").is_none() && facts.get("thumbhash").is_none());
    assert_eq!(preview.media_type, "image/jpeg");
}

#[test]
fn mistakes_are_named() {
    for (parameters, word) in
        [(r#"{"size": 0}"#, "size"), (r#"{"size": 101}"#, "1 to 100"), (r#"{"sise": 3}"#, "sise")]
    {
        match run::<Placeholder>(CAT, parameters, DEFAULT_LIMITS) {
            Err(Error::InvalidParameters(message)) => assert!(message.contains(word), "{message}"),
            other => panic!("{parameters}: {other:?}"),
        }
    }
}

#[test]
fn the_plan_matches_the_renditions() {
    let plan = Placeholder::plan(&Parameters::default()).unwrap();
    let names: Vec<_> = plan.iter().map(|spec| spec.name.as_str()).collect();
    assert_eq!(names, ["placeholder", "preview"]);
    assert_eq!(plan[1].media_types, ["image/webp"]);
}
