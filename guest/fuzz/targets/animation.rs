//! A GIF, APNG or WebP, frame by frame, as animations are rendered.
#![no_main]

use libfuzzer_sys::fuzz_target;
use obscura_guest_fuzz::{LIMITS, Wanted, check, settings, within};
use obscura_picture::Format;
use obscura_picture::animation::{Animation, tells_of_frames};
use obscura_picture::format::HEAD;

fuzz_target!(|file: &[u8]| {
    let Ok(format) = Format::sniff(file) else { return };
    if format == Format::Png {
        let (head, mut rest) = file.split_at(HEAD.min(file.len()));
        let _ = tells_of_frames(&mut head.to_vec(), &mut rest);
    }
    let damaged = settings(file) & 8 != 0;
    within(|| {
        let Ok(Some(animation)) = Animation::open(format, file, LIMITS, damaged) else { return };
        if let Ok(picture) = animation.first(&Wanted::of(settings(file))) {
            check(&picture.frame);
        }
        if animation.check().is_err() {
            return;
        }
        let mut count = 0;
        for frame in animation.frames() {
            let Ok((frame, _, broken)) = frame else { return };
            assert!(damaged || !broken);
            check(&frame);
            assert_eq!(frame.size, animation.size);
            count += 1;
        }
        assert_eq!(count, animation.count());
    });
});
