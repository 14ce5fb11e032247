//! Renditions of photographs.

use obscura::sandbox::Limits;
use serde_json::Value;

use crate::guests::all;
use crate::pictures::good;

#[test]
fn renditions_match_the_plan() {
    for guest in all() {
        let plan = guest.transform.plan(&guest.defaults()).unwrap();
        for picture in good() {
            let place = format!("{} of {}", guest.name, picture.name);
            if !guest.reads.contains(&picture.media_type) {
                assert_eq!(guest.refuses(&picture.file), "unsupported-format", "{place}");
                continue;
            }
            let (run, made) = guest.render(&picture.file, Limits::default());
            assert!(run.outcome.is_ok(), "{place}: {run:?}");
            assert_eq!(made.len(), plan.len(), "{place}");
            for spec in &plan {
                let rendition = made.iter().find(|rendition| rendition.name == spec.name);
                let rendition = rendition.expect(&place);
                assert!(spec.media_types.contains(&rendition.media_type), "{place}");
                if rendition.media_type == "application/json" {
                    let facts: Value = serde_json::from_slice(&rendition.body).unwrap();
                    let size = (facts["width"].as_u64(), facts["height"].as_u64());
                    let (width, height) = picture.size;
                    assert_eq!(size, (Some(width.into()), Some(height.into())), "{place}");
                    continue;
                }
                // They can be decoded, with the declared size and format.
                let format = image::guess_format(&rendition.body).unwrap();
                assert_eq!(format.to_mime_type(), rendition.media_type, "{place}");
                let pixels = image::load_from_memory(&rendition.body).unwrap();
                let size = (pixels.width(), pixels.height());
                assert_eq!(size, (rendition.width, rendition.height), "{place}");
            }
        }
    }
}

#[test]
fn the_same_picture_gives_the_same_bytes() {
    for guest in all() {
        for picture in good().iter().filter(|one| guest.reads.contains(&one.media_type)) {
            let bodies = || {
                let (_, made) = guest.render(&picture.file, Limits::default());
                made.into_iter().map(|rendition| rendition.body).collect::<Vec<_>>()
            };
            let first = bodies();
            assert!(!first.is_empty());
            assert_eq!(first, bodies(), "{} of {}", guest.name, picture.name);
        }
    }
}
