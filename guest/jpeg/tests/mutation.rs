//! Broken files: every fixture, damaged by a seeded generator. Nothing may panic, hang, or use more
//! memory than allowed.
//!
//! `cargo test --release -p obscura-jpeg --test mutation -- --ignored` runs the long version;
//! `JPEG_MUTATIONS` is their number, `JPEG_SEED` the seed.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails so")]

mod common;

use common::{fixture, fixtures};
use obscura_jpeg::{Decoder, Error};
use std::time::{Duration, Instant};

/// xorshift64*.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % n.max(1)
    }
}

fn mutate(data: &mut Vec<u8>, other: &[u8], r: &mut Random) {
    for _ in 0..=r.below(4) {
        // Headers matter most, so half of the damage is in them.
        let range = if r.below(2) == 0 { data.len().min(700) } else { data.len() };
        let at = r.below(range);
        let len = r.below(32).min(data.len() - at);
        match r.below(9) {
            0 => data[at] ^= 1 << r.below(8),
            1 => data[at] = [0, 1, 0x11, 0x7f, 0x80, 0xff][r.below(6)],
            2 => data.truncate(at.max(1)),
            3 => drop(data.drain(at..at + len)),
            4 => {
                let part = data[at..at + len].to_vec();
                let to = r.below(data.len());
                data.splice(to..to, part);
            }
            5 => {
                let marker = [0xd0 + r.below(8) as u8, 0xda, 0xd9, 0xc4, 0xdb, 0x00][r.below(6)];
                data.splice(at..at, [0xff, marker]);
            }
            6 => {
                let from = r.below(other.len());
                let part = &other[from..(from + 4 * len).min(other.len())];
                data.splice(at..at, part.iter().copied());
            }
            7 => data[at] = r.below(256) as u8,
            _ => data[at..at + len].fill(r.below(256) as u8),
        }
        if data.is_empty() {
            data.push(0);
        }
    }
}

/// Decodes with the given settings; the result does not matter.
fn attempt(data: &[u8], scale: u8, lenient: bool, match_luma: bool, strips: bool) {
    let decode = || -> Result<(), Error> {
        let mut d = Decoder::new(data)?;
        d.set_scale(scale);
        d.set_lenient(lenient);
        d.set_match_luma(match_luma);
        d.set_limits(1 << 18, 1 << 22);
        if strips {
            while d.next_strip()?.is_some() {}
            return Ok(());
        }
        let picture = d.decode()?;
        assert!(picture.planes.iter().map(|p| p.data.len()).sum::<usize>() <= 1 << 22);
        assert!(picture.planes.iter().all(|p| p.row(p.height - 1).len() == p.width));
        Ok(())
    };
    let _ = decode();
}

fn run(rounds: usize, seed: u64) {
    let files: Vec<Vec<u8>> = fixtures().iter().map(|n| fixture(&format!("{n}.jpg"))).collect();
    let mut r = Random(seed | 1);
    for round in 0..rounds {
        let mut data = files[r.below(files.len())].clone();
        mutate(&mut data, &files[r.below(files.len())], &mut r);
        let scale = 1 + r.below(8) as u8;
        let (lenient, match_luma, strips) = (r.below(3) > 0, r.below(2) == 0, r.below(2) == 0);
        let start = Instant::now();
        let result =
            std::panic::catch_unwind(|| attempt(&data, scale, lenient, match_luma, strips));
        let slow = start.elapsed() > Duration::from_secs(10);
        if result.is_err() || slow {
            let path = std::env::temp_dir().join(format!("jpeg-mutation-{seed}-{round}.jpg"));
            std::fs::write(&path, &data).unwrap();
            panic!(
                "{}: {} (scale {scale}, lenient {lenient}, match {match_luma}, strips {strips})",
                if slow { "too slow" } else { "panicked" },
                path.display()
            );
        }
    }
}

#[test]
fn damaged_files_never_panic() {
    run(4_000, 0x0b5c_u64);
}

#[test]
#[ignore = "minutes; see the top of the file"]
fn damaged_files_never_panic_at_length() {
    let number = |name: &str, default| {
        std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
    };
    run(number("JPEG_MUTATIONS", 200_000) as usize, number("JPEG_SEED", 1));
}

#[test]
fn every_prefix_is_truncated_or_whole() {
    for name in ["s420", "progressive_420", "restart_separate"] {
        let data = fixture(&format!("{name}.jpg"));
        for len in 0..data.len() - 2 {
            let strict = Decoder::new(&data[..len]).and_then(Decoder::decode);
            assert!(
                matches!(strict, Err(Error::Truncated)) || strict.is_ok() && len + 12 > data.len(),
                "{name} cut at {len}: {strict:?}"
            );
            let Ok(mut d) = Decoder::new(&data[..len]) else { continue };
            d.set_lenient(true);
            let picture = d.decode().unwrap();
            assert!(picture.truncated || strict.is_ok(), "{name} cut at {len}");
        }
    }
}

#[test]
fn a_missing_end_and_trailing_bytes_do_no_harm() {
    for name in fixtures() {
        let mut data = fixture(&format!("{name}.jpg"));
        let whole = Decoder::new(data.as_slice()).and_then(Decoder::decode).unwrap();
        data.truncate(data.len() - 2);
        assert_eq!(
            Decoder::new(data.as_slice()).and_then(Decoder::decode).unwrap(),
            whole,
            "{name}"
        );
        data.extend_from_slice(b"\xff\xd9 and more \xff\xda\xff\xd8");
        assert_eq!(
            Decoder::new(data.as_slice()).and_then(Decoder::decode).unwrap(),
            whole,
            "{name}"
        );
    }
}

#[test]
fn limits_hold_before_anything_is_allocated() {
    // A header that claims 65,535 × 65,535 pixels.
    for name in ["s420", "progressive_420"] {
        let mut data = fixture(&format!("{name}.jpg"));
        let at =
            data.windows(2).position(|w| w[0] == 0xff && (w[1] == 0xc0 || w[1] == 0xc2)).unwrap();
        data[at + 5..at + 9].fill(0xff);
        let mut d = Decoder::new(data.as_slice()).unwrap();
        assert!(matches!(d.next_strip(), Err(Error::Limit(_))), "pixels");
        let mut d = Decoder::new(data.as_slice()).unwrap();
        d.set_limits(u64::MAX, 64 << 20);
        assert!(matches!(d.decode(), Err(Error::Limit(_))), "memory");
    }
}

#[test]
fn endless_scans_are_refused() {
    let data = fixture("progressive_grey.jpg");
    let sos = data.windows(2).position(|w| w == [0xff, 0xda]).unwrap();
    let end = sos + 2 + data[sos + 2..].windows(2).position(|w| w[0] == 0xff && w[1] != 0).unwrap();
    let mut bomb = data[..end].to_vec();
    for _ in 0..1000 {
        bomb.extend_from_slice(&data[sos..end]);
    }
    assert!(matches!(
        Decoder::new(bomb.as_slice()).and_then(Decoder::decode),
        Err(Error::Limit(_))
    ));
}

#[test]
fn rare_kinds_are_refused_by_name() {
    let data = fixture("s420.jpg");
    let at = data.windows(2).position(|w| w == [0xff, 0xc0]).unwrap();
    for marker in [0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf] {
        let mut data = data.clone();
        data[at + 1] = marker;
        assert!(
            matches!(Decoder::new(data.as_slice()), Err(Error::Unsupported(_))),
            "SOF {marker:x}"
        );
    }
    let mut twelve = data.clone();
    twelve[at + 4] = 12;
    assert!(matches!(Decoder::new(twelve.as_slice()), Err(Error::Unsupported(_))));
    let mut two = data.clone();
    two[at + 9] = 2;
    assert!(matches!(Decoder::new(two.as_slice()), Err(Error::Unsupported(_))));
    let mut extended = data;
    extended[at + 1] = 0xc1;
    assert!(Decoder::new(extended.as_slice()).and_then(Decoder::decode).is_ok());
}
