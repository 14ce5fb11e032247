//! Files of a format, another decoder's output, and the difference from ours.

use std::fs;
use std::path::{Path, PathBuf};

use super::{one, pixels};

/// Every pixel unchanged.
pub const WHOLE: &str = r#""width": 9999, "without_enlargement": true, "format": "png""#;

/// The folder of a format's files, named like their extension.
pub struct Samples(pub &'static str);

impl Samples {
    fn path(&self, name: &str, extension: &str) -> PathBuf {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(self.0);
        folder.join(name).with_extension(extension)
    }

    pub fn file(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name, self.0)).unwrap()
    }

    /// The decoded file: width, height and pixels.
    pub fn shown(&self, name: &str) -> (u32, u32, Vec<[u8; 4]>) {
        let picture = image::open(self.path(name, "png")).unwrap().to_rgba8();
        let (width, height) = picture.dimensions();
        (width, height, picture.into_raw().as_chunks::<4>().0.to_vec())
    }

    /// The mean and the largest difference of a file's samples from `shown` are within these
    /// limits.
    pub fn compare(&self, name: &str, shown: &str, mean: f64, most: f64) {
        let (width, height, shown) = self.shown(shown);
        let made = pixels(&one(&self.file(name), WHOLE).unwrap());
        assert_eq!((made.0, made.1), (width, height), "{name}");
        let found = differences(&made.2, &shown);
        assert!(found.0 <= mean && found.1 <= most, "{name}: {found:?}");
    }
}

/// The mean and the largest difference of samples, on black.
pub fn differences(made: &[[u8; 4]], shown: &[[u8; 4]]) -> (f64, f64) {
    let (mut sum, mut most) = (0.0, 0.0_f64);
    for (a, b) in made.iter().zip(shown) {
        for channel in 0..4 {
            let on_black = |pixel: &[u8; 4]| match channel {
                3 => f64::from(pixel[3]),
                _ => f64::from(pixel[channel]) * f64::from(pixel[3]) / 255.0,
            };
            let difference = (on_black(a) - on_black(b)).abs();
            sum += difference;
            most = most.max(difference);
        }
    }
    (sum / (made.len() * 4) as f64, most)
}
