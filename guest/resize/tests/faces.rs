//! Crops by faces.

#![cfg(feature = "faces")]
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use resize::Resize;
use support::*;

const WIDTH: u32 = 640;
const HEIGHT: u32 = 240;

/// The astronaut of `guest/faces/tests`, 160×112, each pixel `times` as large.
fn astronaut(times: usize) -> Vec<Vec<[u8; 3]>> {
    let file = std::io::Cursor::new(include_bytes!("../../faces/tests/astronaut.png"));
    let mut reader = png::Decoder::new(file).read_info().unwrap();
    let mut rgb = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut rgb).unwrap();
    let rows = rgb.as_chunks::<3>().0.chunks_exact(160);
    let wide = rows.map(|row| row.iter().flat_map(|&pixel| vec![pixel; times]).collect());
    wide.flat_map(|row: Vec<[u8; 3]>| vec![row; times]).collect()
}

/// A picture with the astronaut at `left`, and what the eye goes to at the other end. Green tells the column where
/// there is nothing else, as in the first row.
fn scene(left: usize, times: usize) -> Vec<[u8; 3]> {
    let (width, height) = (WIDTH as usize * times, HEIGHT as usize * times);
    let pixel = |x: usize, y: usize| [90, (x * 256 / width) as u8, 90 + (y % 2) as u8];
    let mut rows: Vec<Vec<[u8; 3]>> =
        (0..height).map(|y| (0..width).map(|x| pixel(x, y)).collect()).collect();
    let bait = if left * 2 < WIDTH as usize { WIDTH as usize - 110 } else { 10 };
    for row in rows.iter_mut().skip(20 * times).take(200 * times) {
        for (x, pixel) in row.iter_mut().skip(bait * times).take(100 * times).enumerate() {
            *pixel = if x / 8 % 2 == 0 { [230, 170, 130] } else { [20, 20, 20] };
        }
    }
    for (row, face) in rows.iter_mut().skip(64 * times).zip(astronaut(times)) {
        row[left * times..][..face.len()].copy_from_slice(&face);
    }
    rows.concat()
}

/// Where a square crop begins, in columns of the scene.
fn left_of(picture: &[u8], position: &str, side: u32) -> f64 {
    let fields =
        format!(r#""width": {side}, "height": {side}, "position": "{position}", "format": "png""#);
    let (width, height, pixels) = support::pixels(&one(picture, &fields).unwrap());
    assert_eq!((width, height), (side, side));
    f64::from(pixels[0][1]) * f64::from(WIDTH) / 256.0
}

#[test]
fn a_face_at_an_edge_is_kept() {
    let right = rgb_png(WIDTH, HEIGHT, &scene(480, 1));
    assert!(left_of(&right, "attention", HEIGHT) < 100.0);
    // The face is from 522 to 567 of 640.
    assert!((395.0..=410.0).contains(&left_of(&right, "faces", HEIGHT)));
    let left = rgb_png(WIDTH, HEIGHT, &scene(0, 1));
    assert!(left_of(&left, "attention", HEIGHT) > 300.0);
    assert!(left_of(&left, "faces", HEIGHT) < 10.0);
}

#[test]
fn where_there_is_room_the_face_is_in_the_middle() {
    let picture = rgb_png(WIDTH, HEIGHT, &scene(200, 1));
    // It is from 242 to 287.
    let left = left_of(&picture, "faces", HEIGHT);
    assert!((140.0..=150.0).contains(&left), "{left}");
}

#[test]
fn a_face_is_found_in_a_picture_that_lies_upside_down() {
    let mut pixels = scene(480, 1);
    pixels.reverse();
    let picture = with_orientation(&jpeg(WIDTH, HEIGHT, &pixels), 3);
    assert!((385.0..=415.0).contains(&left_of(&picture, "faces", HEIGHT)));
}

#[test]
fn a_face_is_found_for_a_rendition_that_is_too_small_to_show_it() {
    let picture = jpeg(2 * WIDTH, 2 * HEIGHT, &scene(480, 2));
    let left = left_of(&picture, "faces", 24);
    assert!((370.0..=420.0).contains(&left), "{left}");
}

#[test]
fn without_a_face_it_is_attention() {
    // Not made smaller: faces are looked for in a picture that was decoded at a larger scale than others.
    let picture = jpeg(300, 100, &quarters(300, 100));
    let crop = |position: &str| {
        one(&picture, &format!(r#""width": 100, "height": 100, "position": "{position}""#)).unwrap()
    };
    assert_eq!(crop("faces").body, crop("attention").body);
}

#[test]
fn it_is_called_by_its_name() {
    assert_eq!(<Resize as obscura_sdk::Transform>::describe().name, "resize-faces");
}
