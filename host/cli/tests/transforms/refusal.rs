//! Anything else: a typed error, within the limits, and nothing emitted.

use obscura::sandbox::Limits;

use crate::guests::all;
use crate::pictures::{bombs, good};

#[test]
fn text_is_no_picture() {
    for guest in all() {
        for text in [&b"hello, I am not a picture\n"[..], b"<svg xmlns='x'/>", b"GIF", b"\xff"] {
            assert_eq!(guest.refuses(text), "unsupported-format", "{}: {text:?}", guest.name);
        }
    }
}

#[test]
fn an_empty_object_is_malformed() {
    for guest in all() {
        assert_eq!(guest.refuses(b""), "malformed", "{}", guest.name);
    }
}

#[test]
fn truncated_pictures_are_malformed() {
    for guest in all() {
        for picture in good().iter().filter(|one| guest.reads.contains(&one.media_type)) {
            for eighths in [1, 4, 7] {
                let part = &picture.file[..picture.file.len() * eighths / 8];
                let place = format!("{}: {eighths}/8 of {}", guest.name, picture.name);
                // Some only read the first frame of an animation.
                let whole_enough = picture.media_type == "image/gif" && eighths > 1;
                let (run, _) = guest.render(part, Limits::default());
                match run.outcome {
                    Ok(()) => assert!(whole_enough, "{place}"),
                    Err(failure) => {
                        assert_eq!(failure.code().as_str(), "malformed", "{place}: {failure}")
                    }
                }
            }
        }
    }
}

#[test]
fn a_bomb_is_refused_by_its_header() {
    for guest in all() {
        for bomb in bombs().iter().filter(|one| guest.reads.contains(&one.media_type)) {
            let (run, made) = guest.render(&bomb.file, Limits::default());
            let failure = run.outcome.expect_err(guest.name);
            assert_eq!(failure.code().as_str(), "limit-exceeded", "{}: {failure}", guest.name);
            assert!(made.is_empty());
            // Before memory is allocated for its pixels.
            assert!(run.measured.peak_memory < 32 << 20, "{}: {:?}", guest.name, run.measured);
        }
    }
}

#[test]
fn the_route_s_limit_of_pixels_counts() {
    let picture = good().swap_remove(1);
    let (width, height) = picture.size;
    let pixels = u64::from(width) * u64::from(height);
    for guest in all() {
        for (max_pixels, well) in [(pixels, true), (pixels - 1, false)] {
            let limits = Limits { max_pixels, ..Limits::default() };
            let (run, _) = guest.render(&picture.file, limits);
            match run.outcome {
                Ok(()) => assert!(well, "{}", guest.name),
                Err(failure) => {
                    assert!(!well, "{}: {failure}", guest.name);
                    assert_eq!(
                        failure.code().as_str(),
                        "limit-exceeded",
                        "{}: {failure}",
                        guest.name
                    );
                }
            }
        }
    }
}
