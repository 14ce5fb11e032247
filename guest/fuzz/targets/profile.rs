//! A colour profile, and its conversion of colours.
#![no_main]

use libfuzzer_sys::fuzz_target;
use obscura_guest_fuzz::{check, within};
use obscura_picture::frame::{Frame, Kind, Raster};
use obscura_picture::geometry::Size;
use obscura_picture::precise::Deep;
use obscura_picture::profile::{Cmyk, Declared, Embedded};

/// Columns and rows of the picture that is converted.
const SIZE: Size = Size { width: 16, height: 4 };

fn frame(kind: Kind) -> Frame {
    let samples = |plane: usize| (0..64).map(|i| (i * 4 + plane * 37) as u8).collect();
    Frame::new(kind, (0..kind.planes()).map(|plane| Raster::new(SIZE, samples(plane))).collect())
}

fuzz_target!(|icc: &[u8]| {
    within(|| {
        for (grey, kinds) in [(true, [Kind::Luma, Kind::Rgb]), (false, [Kind::Rgb, Kind::Ycc])] {
            let Some(profile) = Embedded::of([Declared::Icc(icc.to_vec())], grey) else { continue };
            if let Some(conversion) = &profile.conversion {
                for kind in kinds {
                    let made = conversion.convert(frame(kind));
                    check(&made);
                    assert_eq!(made.size, SIZE);
                }
            }
            let kind = if grey { Kind::Luma } else { Kind::Rgb };
            let samples = (0..64 * kind.planes()).map(|i| (i * 337) as u16).collect();
            let deep = Deep { size: SIZE, kind, samples };
            if let Some(made) = profile.convert_deep(&deep) {
                assert_eq!(
                    (made.size, made.samples.len() as u64),
                    (SIZE, 64 * made.kind.planes() as u64)
                );
            }
        }
        if let Some(inks) = Cmyk::of(icc)
            && let Some(made) = inks.convert(&[0, 85, 170, 255].repeat(16))
        {
            assert_eq!(made.len(), 48);
        }
    });
});
