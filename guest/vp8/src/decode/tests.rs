use super::*;
use crate::encode::{Source, encode};
use std::io::Cursor;

type Planes = [Vec<u8>; 3];

fn decode(frame: &[u8], filtered: bool) -> Result<Planes, Error> {
    let mut decoder = Decoder::new(frame)?;
    if !filtered {
        decoder.set_unfiltered();
    }
    let mut planes = Planes::default();
    while let Some(strip) = decoder.next_strip()? {
        for (plane, rows) in planes.iter_mut().zip(strip.planes) {
            rows.iter().for_each(|row| plane.extend_from_slice(row));
        }
    }
    Ok(planes)
}

/// A plane with edges, gradients and noise, in luma or in chroma.
fn picture(width: usize, height: usize, grey: bool) -> Planes {
    let mut noise = 12_345u32;
    let mut plane = |width: usize, height: usize| -> Vec<u8> {
        let value = |i: usize| {
            let (x, y) = (i % width, i / width);
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let edge = if (x / 23 + y / 17) % 2 == 0 { 60 } else { 0 };
            (edge + x % 97 + y % 31 + (noise >> 29) as usize + 20) as u8
        };
        (0..width * height).map(value).collect()
    };
    let (half_width, half_height) = (width.div_ceil(2), height.div_ceil(2));
    let flat = vec![128; half_width * half_height];
    let luma = plane(width, height);
    if grey {
        return [luma, flat.clone(), flat];
    }
    [luma, plane(half_width, half_height), plane(half_width, half_height)]
}

fn frame(width: usize, height: usize, planes: &Planes, quality: u8) -> Vec<u8> {
    let (half_width, half_height) = (width.div_ceil(2), height.div_ceil(2));
    let source = |i: usize| Source {
        samples: &planes[i],
        width: if i == 0 { width } else { half_width },
        height: if i == 0 { height } else { half_height },
    };
    encode([source(0), source(1), source(2)], quality).unwrap()
}

const SIZES: [(usize, usize); 7] =
    [(1, 1), (16, 16), (17, 15), (33, 65), (100, 75), (257, 131), (48, 200)];

#[test]
fn grey_pictures_are_those_of_another_decoder() {
    for (width, height) in SIZES {
        for quality in [10, 50, 75, 95] {
            let frame = frame(width, height, &picture(width, height, true), quality);
            let [luma, ..] = decode(&frame, true).unwrap();
            let theirs = reference(&frame, width, height);
            for (i, (ours, theirs)) in luma.iter().zip(theirs.as_chunks::<3>().0).enumerate() {
                // libwebp's green for luma without chroma.
                let green = (((i32::from(*ours) * 19_077) >> 8)
                    - ((128 * 6419) >> 8)
                    - ((128 * 13_320) >> 8)
                    + 8708)
                    >> 6;
                let green = green.clamp(0, 255) as u8;
                let at = (i % width, i / width);
                assert_eq!(green, theirs[1], "{width}×{height}, quality {quality}, {at:?}");
            }
        }
    }
}

#[test]
fn colours_are_close_to_those_of_another_decoder() {
    for (width, height) in SIZES {
        let frame = frame(width, height, &picture(width, height, false), 60);
        let [luma, u, v] = decode(&frame, true).unwrap();
        let theirs = reference(&frame, width, height);
        // The other decoder interpolates chroma: compare where it is constant.
        let half = width.div_ceil(2);
        for (i, theirs) in theirs.as_chunks::<3>().0.iter().enumerate() {
            let (x, y) = (i % width, i / width);
            let level = |plane: &[u8]| {
                let around =
                    [(-1, -1), (0, -1), (1, -1), (-1, 0), (0, 0), (1, 0), (-1, 1), (0, 1), (1, 1)];
                let at = |(dx, dy): (i64, i64)| {
                    let x = (x as i64 / 2 + dx).clamp(0, half as i64 - 1) as usize;
                    let y = (y as i64 / 2 + dy).clamp(0, height.div_ceil(2) as i64 - 1) as usize;
                    plane[y * half + x]
                };
                let all = around.map(at);
                all.iter().all(|&v| v == all[4]).then_some(i32::from(all[4]))
            };
            let (Some(u), Some(v)) = (level(&u), level(&v)) else { continue };
            let base = (i32::from(luma[i]) * 19_077) >> 8;
            let red = ((base + ((v * 26_149) >> 8) - 14_234) >> 6).clamp(0, 255) as u8;
            let blue = ((base + ((u * 33_050) >> 8) - 17_685) >> 6).clamp(0, 255) as u8;
            assert_eq!([red, blue], [theirs[0], theirs[2]], "{width}×{height} at {x}, {y}");
        }
    }
}

/// A frame as decoded by image-webp: red, green and blue.
fn reference(frame: &[u8], width: usize, height: usize) -> Vec<u8> {
    let mut file = b"RIFF\0\0\0\0WEBPVP8 ".to_vec();
    file.extend_from_slice(&(frame.len() as u32).to_le_bytes());
    file.extend_from_slice(frame);
    file.resize(file.len().next_multiple_of(2), 0);
    let size = file.len() as u32 - 8;
    file[4..8].copy_from_slice(&size.to_le_bytes());
    let mut decoder = image_webp::WebPDecoder::new(Cursor::new(file)).unwrap();
    let mut rgb = vec![0; width * height * 3];
    decoder.read_image(&mut rgb).unwrap();
    rgb
}

#[test]
fn damaged_frames_are_errors_or_pictures() {
    let (width, height) = (100, 75);
    let frame = frame(width, height, &picture(width, height, false), 60);
    for length in (0..frame.len()).step_by(7) {
        let _ = decode(&frame[..length], true);
    }
    assert_eq!(decode(&frame[..frame.len() / 2], true), Err(Error::Truncated));
    let mut state = 99u32;
    for _ in 0..2000 {
        let mut damaged = frame.clone();
        for _ in 0..4 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = (state >> 8) as usize % damaged.len();
            damaged[at] ^= (state >> 3) as u8;
        }
        // No panic, and planes of the header's size.
        if let Ok(mut decoder) = Decoder::new(&damaged) {
            if decoder.size().0 * decoder.size().1 > 1 << 16 {
                continue;
            }
            let mut rows = 0;
            while let Ok(Some(strip)) = decoder.next_strip() {
                rows += strip.planes[0].iter().count();
            }
            assert!(rows <= decoder.size().1);
        }
    }
}

#[test]
fn segments_of_which_nothing_is_said_are_those_of_libwebp() {
    let frame = include_bytes!("tests/segments-without-data.vp8");
    let [luma, ..] = decode(frame, true).unwrap();
    let theirs = image_webp::vp8::Vp8Decoder::decode_frame(&frame[..]).unwrap();
    let (width, stride) = (71, 80);
    for (ours, theirs) in luma.chunks(width).zip(theirs.ybuf.chunks(stride)) {
        assert_eq!(ours, &theirs[..width]);
    }
}

#[test]
fn one_smooth_block_does_not_turn_the_loop_filter_off() {
    // The last block's quantiser is so fine that it needs no filter.
    let (width, height) = (96, 64);
    let half = vec![128; width * height / 4];
    let is_flat = |i: usize| i % width >= width - 16 && i / width >= height - 16;
    let noise = |i: usize| if is_flat(i) { 128 } else { (i * i * 37 / 11 % 200) as u8 };
    let planes = [(0..width * height).map(noise).collect(), half.clone(), half];
    let frame = frame(width, height, &planes, 80);
    assert!(Decoder::new(&frame).unwrap().header.filtered);
}
