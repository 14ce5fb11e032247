//! The renditions of given pictures.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::io::Cursor;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use obscura_sdk::testing::{DEFAULT_LIMITS, render as run};
use obscura_sdk::{Error, Rendition, Transform};
use watermark::{Parameters, Watermark};

const COFFEE: &[u8] = include_bytes!("../../../examples/photos/coffee.jpg");
const TURNED: &[u8] = include_bytes!("../../../examples/photos/coffee-turned.jpg");

fn png(pixels: impl Into<DynamicImage>) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    pixels.into().write_to(&mut file, ImageFormat::Png).unwrap();
    file.into_inner()
}

fn uri(file: &[u8]) -> String {
    format!("data:image/png;base64,{}", STANDARD.encode(file))
}

/// A mark of one colour, 20 × 10.
fn mark(colour: [u8; 4]) -> String {
    uri(&png(RgbaImage::from_pixel(20, 10, Rgba(colour))))
}

fn render(picture: &[u8], parameters: &str) -> Rendition {
    let made = run::<Watermark>(picture, parameters, DEFAULT_LIMITS).unwrap();
    let [rendition] = made.try_into().unwrap();
    rendition
}

fn pixels(rendition: &Rendition) -> RgbaImage {
    let picture = image::load_from_memory(&rendition.body).unwrap().into_rgba8();
    assert_eq!(picture.dimensions(), (rendition.width, rendition.height));
    picture
}

#[test]
fn a_mark_lies_where_it_should_and_nowhere_else() {
    let picture = png(RgbImage::from_pixel(100, 80, Rgb([100, 100, 100])));
    let overlay = mark([255, 0, 0, 255]);
    let parameters = format!(
        r#"{{"overlay": "{overlay}", "width": 0.2, "opacity": 0.5, "position": "left-top",
            "offset": {{"x": 0.1, "y": 0.25}}}}"#
    );
    let made = render(&picture, &parameters);
    assert_eq!((made.name.as_str(), made.media_type.as_str()), ("watermarked", "image/png"));
    for (x, y, pixel) in pixels(&made).enumerate_pixels() {
        let inside = (10..30).contains(&x) && (20..30).contains(&y);
        let expected = if inside { [178, 50, 50, 255] } else { [100, 100, 100, 255] };
        let close = pixel.0.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 1);
        assert!(close, "{x} {y} {pixel:?}");
    }
}

#[test]
fn tiles_cover_the_whole_picture() {
    let picture = png(RgbImage::new(100, 80));
    let overlay = mark([255, 255, 255, 255]);
    let count = |gap: f64| {
        let parameters = format!(
            r#"{{"overlay": "{overlay}", "width": 0.1, "opacity": 1, "tile": true, "gap": {gap},
                "position": "left-top", "offset": {{"x": 0, "y": 0}}}}"#
        );
        let made = pixels(&render(&picture, &parameters));
        made.pixels().filter(|pixel| pixel.0 == [255; 4]).count()
    };
    assert_eq!(count(0.0), 100 * 80);
    // A mark of 10 × 5 every 20 × 10 pixels.
    assert_eq!(count(1.0), 100 * 80 / 4);
}

#[test]
fn a_transparent_picture_stays_transparent_around_the_mark() {
    let picture = png(RgbaImage::new(100, 80));
    let overlay = mark([10, 200, 30, 128]);
    let parameters = format!(
        r#"{{"overlay": "{overlay}", "width": 0.2, "opacity": 1, "position": "center",
            "offset": {{"x": 0, "y": 0}}}}"#
    );
    let made = pixels(&render(&picture, &parameters));
    assert_eq!(made.get_pixel(0, 0).0[3], 0);
    // Over a transparent picture, a mark is unchanged.
    let [r, g, b, alpha] = made.get_pixel(50, 40).0;
    assert!(alpha == 128 && r.abs_diff(10) <= 2 && g.abs_diff(200) <= 2 && b.abs_diff(30) <= 2);
}

#[test]
fn the_default_is_a_copyright_sign_at_the_lower_right() {
    let before = image::load_from_memory(COFFEE).unwrap_err();
    // This test's `image` reads no JPEG; the transform does.
    assert!(matches!(before, image::ImageError::Unsupported(_)));
    let plain = render(COFFEE, r#"{"opacity": 0, "format": "png"}"#);
    let marked = render(COFFEE, r#"{"format": "png"}"#);
    let (plain, marked) = (pixels(&plain), pixels(&marked));
    let differs = |(x, y): (u32, u32)| plain.get_pixel(x, y) != marked.get_pixel(x, y);
    let changed: Vec<_> =
        (0..600).flat_map(|x| (0..400).map(move |y| (x, y))).filter(|at| differs(*at)).collect();
    // 15 % of 600 pixels, 2 % of each side away from the corner.
    assert!(changed.iter().all(|(x, y)| (498..588).contains(x) && (302..392).contains(y)));
    assert!(changed.len() > 2000, "{}", changed.len());
}

#[test]
fn a_turned_photograph_is_upright_and_without_metadata() {
    let made = render(TURNED, "");
    assert_eq!((made.media_type.as_str(), made.width, made.height), ("image/jpeg", 600, 400));
    let has = |name: &[u8]| made.body.windows(name.len()).any(|window| window == name);
    assert!(!has(b"Exif\0\0") && !has(b"ICC_PROFILE\0") && has(b"JFIF\0"));
}

#[test]
fn mistakes_are_named() {
    let large = uri(&png(RgbaImage::new(1001, 1000)));
    let broken = uri(&png(RgbImage::new(9, 9))[..40]);
    let jpeg = format!("data:image/png;base64,{}", STANDARD.encode(COFFEE));
    let overlay = |text: &str| format!(r#"{{"overlay": "{text}"}}"#);
    for (parameters, words) in [
        (overlay("https://example.com/logo.png"), "`overlay`: it does not begin with"),
        (overlay("data:image/png;base64,???"), "Base64"),
        (overlay(&jpeg), "not a PNG"),
        (overlay(&broken), "`overlay`: the PNG file is cut short"),
        (overlay(&large), "1001×1000"),
        (r#"{"width": 0}"#.into(), "`width`"),
        (r#"{"width": 1.5}"#.into(), "`width`"),
        (r#"{"opacity": -1}"#.into(), "`opacity`"),
        (r#"{"offset": {"x": 2}}"#.into(), "`offset.x`"),
        (r#"{"offset": {"z": 2}}"#.into(), "offset.z"),
        (r#"{"gap": 11}"#.into(), "`gap`"),
        (r#"{"quality": 0}"#.into(), "`quality`"),
        (r#"{"position": "middle"}"#.into(), "right-bottom"),
        (r#"{"colour": 1}"#.into(), "colour"),
    ] {
        match run::<Watermark>(COFFEE, &parameters, DEFAULT_LIMITS) {
            Err(Error::InvalidParameters(message)) => assert!(message.contains(words), "{message}"),
            other => panic!("{words}: {other:?}"),
        }
    }
}

#[test]
fn an_invalid_overlay_is_reported_before_any_picture_is_read() {
    let parameters = Parameters { overlay: "logo.png".into(), ..Parameters::default() };
    assert!(matches!(Watermark::plan(&parameters), Err(Error::InvalidParameters(_))));
    let plan = Watermark::plan(&Parameters::default()).unwrap();
    assert_eq!(plan[0].media_types, ["image/jpeg", "image/png", "image/webp"]);
}
