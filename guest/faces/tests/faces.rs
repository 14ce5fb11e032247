//! What is found in a photograph of NASA's (Eileen Collins; public domain).

#![allow(clippy::unwrap_used, clippy::panic)]

use obscura_faces::{Face, find};

const WIDTH: usize = 160;

fn astronaut() -> Vec<u8> {
    let file = std::io::Cursor::new(include_bytes!("astronaut.png"));
    let mut reader = png::Decoder::new(file).read_info().unwrap();
    let mut rgb = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut rgb).unwrap();
    rgb
}

/// A picture of twice the width, with the astronaut in its right half and grey in the left one.
fn to_the_right() -> Vec<u8> {
    astronaut().chunks_exact(WIDTH * 3).flat_map(|row| [&[128; WIDTH * 3], row].concat()).collect()
}

#[test]
fn a_face_is_where_opencv_finds_it() {
    let [Face { left, top, width, height, score }] = find(&astronaut(), WIDTH)[..] else {
        panic!("one face");
    };
    // cv2.FaceDetectorYN of OpenCV 5.0.0 with the model's ONNX file, in pixels.
    let known = [42.281, 34.814, 45.079, 53.621];
    let found = [left * 160.0, top * 112.0, width * 160.0, height * 112.0];
    for (known, found) in known.into_iter().zip(found) {
        assert!((known - found as f64).abs() < 0.05, "{found} instead of {known}");
    }
    assert!((score - 0.938).abs() < 0.001, "{score}");
}

#[test]
fn it_moves_with_the_picture() {
    let (one, other) = (find(&astronaut(), WIDTH)[0], find(&to_the_right(), 2 * WIDTH)[0]);
    assert!((0.5 + one.left / 2.0 - other.left).abs() < 0.01, "{one:?} {other:?}");
}

#[test]
fn there_is_none_in_noise_and_none_in_nothing() {
    let noise: Vec<u8> =
        (0..96_u32 * 64 * 3).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    assert_eq!(find(&noise, 96), []);
    assert_eq!(find(&[], 0), []);
    assert_eq!(find(&[7; 3], 1), []);
}
