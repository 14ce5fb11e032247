//! The pictures to compare.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use bytes::Bytes;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

/// A picture to render.
pub(crate) struct Picture {
    pub(crate) name: String,
    pub(crate) file: Bytes,
}

/// These pictures; if none are named, the example photographs and a few small pictures with
/// features that photographs lack.
pub(super) fn read(paths: &[PathBuf]) -> anyhow::Result<Vec<Picture>> {
    if !paths.is_empty() {
        return paths.iter().map(|path| file(path)).collect();
    }
    let mut pictures = generated()?;
    // They may be missing: the program may be installed elsewhere.
    if let Ok(entries) = std::fs::read_dir("examples/photos") {
        let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.retain(|path| path.extension().is_some_and(|end| end != "md"));
        paths.sort();
        for path in paths {
            pictures.push(file(&path)?);
        }
    }
    Ok(pictures)
}

fn file(path: &Path) -> anyhow::Result<Picture> {
    let file = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(Picture { name: path.display().to_string(), file: file.into() })
}

/// A gradient, opacity with sharp edges, and a very long and thin picture.
fn generated() -> anyhow::Result<Vec<Picture>> {
    let gradient = RgbImage::from_fn(320, 240, |x, y| {
        Rgb([(x * 255 / 319) as u8, (y * 255 / 239) as u8, 128])
    });
    let disc = RgbaImage::from_fn(256, 256, |x, y| {
        let (across, down) = (x.abs_diff(128), y.abs_diff(128));
        let inside = across * across + down * down < 110 * 110;
        let stripe = if (x / 8 + y / 8) % 2 == 0 { 230 } else { 30 };
        Rgba([stripe, 90, 255 - stripe, if inside { 255 } else { 0 }])
    });
    let thin = RgbImage::from_fn(1600, 12, |x, _| Rgb([(x % 256) as u8; 3]));
    [("gradient.png", gradient.into()), ("disc.png", disc.into()), ("thin.png", thin.into())]
        .into_iter()
        .map(|(name, pixels): (&str, DynamicImage)| {
            let mut file = Cursor::new(Vec::new());
            pixels.write_to(&mut file, ImageFormat::Png)?;
            Ok(Picture { name: name.to_owned(), file: file.into_inner().into() })
        })
        .collect()
}
