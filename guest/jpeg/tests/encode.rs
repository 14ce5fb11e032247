//! Encoded pictures can be decoded, with the expected pixels.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails so")]

mod common;

use obscura_jpeg::{Decoder, Encoder, Error, Plane, Rows, Sampling, Settings, color, encode};

/// Waves and an edge.
fn picture(width: usize, height: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let (fx, fy) = (x as f64, y as f64);
            for c in 0..3 {
                let wave = (fx / (5.0 + f64::from(c))).sin() * (fy / 7.0).cos() * 50.0;
                let edge = if x + y > (width + height) / 2 { 40.0 } else { -20.0 };
                out.push((128.0 + wave + edge) as u8);
            }
        }
    }
    out
}

fn psnr(a: &[u8], b: &[u8]) -> f64 {
    assert_eq!(a.len(), b.len());
    let sum: f64 = a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum();
    10.0 * (255.0 * 255.0 / (sum / a.len() as f64).max(1e-9)).log10()
}

fn rows(planes: &[Plane]) -> Vec<Rows<'_>> {
    planes.iter().map(Plane::rows).collect()
}

#[test]
fn planes_survive_a_round_trip() {
    for (width, height) in [(64, 48), (61, 43), (1, 1), (3, 100), (100, 3), (17, 16)] {
        let pixels = picture(width, height);
        for sampling in [Sampling::Gray, Sampling::S444, Sampling::S422, Sampling::S420] {
            let planes = color::to_planes(&pixels, 3, width, height, sampling);
            for (quality, least) in [(30, 24.0), (80, 32.0), (100, 46.0)] {
                let mut files = Vec::new();
                for (optimize, progressive) in [(true, false), (false, false), (true, true)] {
                    let mut settings = Settings::new(width, height);
                    settings.sampling = sampling;
                    settings.quality = quality;
                    settings.optimize = optimize;
                    settings.progressive = progressive;
                    let file = encode(&rows(&planes), &settings).unwrap();
                    let decoder = Decoder::new(file.as_slice()).unwrap();
                    assert_eq!(decoder.header().progressive, progressive);
                    let decoded = decoder.decode().unwrap();
                    for (c, (a, b)) in planes.iter().zip(&decoded.planes).enumerate() {
                        assert_eq!((a.width, a.height), (b.width, b.height));
                        let b: Vec<u8> = (0..b.height).flat_map(|y| b.row(y).to_vec()).collect();
                        let got = psnr(&a.data, &b);
                        let what = format!("{width}x{height} {sampling:?} q{quality} plane {c}");
                        assert!(got > least - if c > 0 { 4.0 } else { 0.0 }, "{what}: {got:.1} dB");
                    }
                    files.push((decoded, file.len()));
                }
                // The entropy coding does not change the coefficients.
                let samples = |i: usize| {
                    let p = &files[i].0.planes;
                    p.iter().flat_map(|p| (0..p.height).map(|y| p.row(y))).collect::<Vec<_>>()
                };
                assert_eq!(samples(0), samples(1));
                assert_eq!(samples(0), samples(2));
                assert!(files[0].1 <= files[1].1, "optimal codes are not larger");
            }
        }
    }
}

#[test]
fn rows_may_come_in_any_portions() {
    let (width, height) = (50, 41);
    let planes = color::to_planes(&picture(width, height), 3, width, height, Sampling::S420);
    let settings = Settings::new(width, height);
    let whole = encode(&rows(&planes), &settings).unwrap();
    let mut encoder = Encoder::new(Vec::new(), &settings).unwrap();
    for y in (0..height).step_by(2) {
        let part = |(c, p): (usize, &Plane)| {
            let (from, to) = if c == 0 { (y, (y + 2).min(height)) } else { (y / 2, y / 2 + 1) };
            let mut part = Plane::new(p.width, to - from);
            part.data.copy_from_slice(&p.data[from * p.stride..to * p.stride]);
            part
        };
        let parts: Vec<Plane> = planes.iter().enumerate().map(part).collect();
        encoder.write_rows(&rows(&parts)).unwrap();
    }
    assert_eq!(encoder.finish().unwrap(), whole);
}

#[test]
fn several_scans_decode_like_one() {
    for (width, height) in [(1200, 800), (32, 32)] {
        let planes = color::to_planes(&picture(width, height), 3, width, height, Sampling::S420);
        let mut settings = Settings::new(width, height);
        let single = encode(&rows(&planes), &settings).unwrap();
        settings.progressive = true;
        let file = encode(&rows(&planes), &settings).unwrap();
        let decoder = Decoder::new(file.as_slice()).unwrap();
        assert!(decoder.header().progressive);
        let other = Decoder::new(single.as_slice()).unwrap().decode().unwrap();
        for (a, b) in decoder.decode().unwrap().planes.iter().zip(&other.planes) {
            assert!((0..a.height).all(|y| a.row(y) == b.row(y)));
        }
    }
}

#[test]
fn metadata_survives() {
    let planes = color::to_planes(&picture(16, 16), 3, 16, 16, Sampling::S444);
    let mut settings = Settings::new(16, 16);
    settings.sampling = Sampling::S444;
    settings.icc = Some((0..150_000u32).map(|i| (i % 251) as u8).collect());
    settings.segments.push((1, b"Exif\0\0II*\0and so on".to_vec()));
    let file = encode(&rows(&planes), &settings).unwrap();
    let decoder = Decoder::new(file.as_slice()).unwrap();
    assert_eq!(decoder.header().icc, settings.icc);
    assert_eq!(decoder.header().exif.as_deref(), Some(&b"II*\0and so on"[..]));
}

#[test]
fn wrong_arguments_are_refused() {
    let planes = color::to_planes(&picture(16, 16), 3, 16, 16, Sampling::S420);
    let refused = |r: Result<Vec<u8>, Error>| assert!(matches!(r, Err(Error::Usage(_))));
    refused(encode(&rows(&planes), &Settings::new(0, 16)));
    refused(encode(&rows(&planes), &Settings::new(16, 65_536)));
    refused(encode(&rows(&planes[..1]), &Settings::new(16, 16)));
    refused(encode(&rows(&planes), &Settings::new(17, 16)));
    refused(encode(&rows(&planes), &Settings::new(16, 64)));
    refused(encode(&rows(&planes), &Settings::new(16, 8)));
}

#[test]
fn colour_goes_there_and_back() {
    let (width, height) = (37, 20);
    let pixels = picture(width, height);
    for channels in [3, 4] {
        let input: Vec<u8> = pixels
            .chunks_exact(3)
            .flat_map(|p| [p[0], p[1], p[2], 255].into_iter().take(channels))
            .collect();
        let planes = color::to_planes(&input, channels, width, height, Sampling::S444);
        let mut settings = Settings::new(width, height);
        (settings.sampling, settings.quality) = (Sampling::S444, 100);
        let file = encode(&rows(&planes), &settings).unwrap();
        let decoder = Decoder::new(file.as_slice()).unwrap();
        let header = decoder.header().clone();
        let back = color::to_rgb(&decoder.decode().unwrap(), &header, channels, true);
        assert!(psnr(&input, &back) > 44.0, "{:.1} dB", psnr(&input, &back));
    }
}

#[test]
fn greys_stay_grey() {
    let (mut y, mut cb, mut cr) = ([0; 256], [0; 256], [0; 256]);
    let greys: Vec<u8> = (0..=255u8).flat_map(|v| [v; 3]).collect();
    color::rgb_to_ycc(&greys, 3, &mut y, &mut cb, &mut cr);
    assert!(y.iter().zip(0..=255u8).all(|(a, b)| *a == b));
    assert!(cb.iter().chain(&cr).all(|v| *v == 128));
    let mut back = vec![0; 768];
    color::ycc_to_rgb(&y, &cb, &cr, 3, &mut back);
    assert_eq!(back, greys);
}
