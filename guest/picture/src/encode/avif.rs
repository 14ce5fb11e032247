//! AVIF: a picture and its alpha, if any, each an AV1 key frame encoded by libaom.

use avif_serialize::Aviffy;
use avif_serialize::constants::{ColorPrimaries, MatrixCoefficients, TransferCharacteristics};
use obscura_av1::{Coded, Plane, Settings as Code};
use obscura_sdk::Error;

use super::settings::{Extras, Settings, Written};
use crate::colour::{into_ycc, without_opacity};
use crate::frame::{Frame, Kind, Raster};
use crate::geometry::Size;

/// The minimum quality of alpha, whose edges are very visible.
const OPACITY: u8 = 80;

/// Encode a frame, whose chroma may already be subsampled.
pub(super) fn encode(
    frame: Frame,
    settings: &Settings,
    extras: Extras<'_>,
) -> Result<Written, Error> {
    let size = frame.size;
    let Settings { quality, effort, .. } = *settings;
    let (frame, opacity) = if frame.kind.has_alpha() {
        let raster = Raster::new(size, frame.plane(3).to_vec());
        (without_opacity(&frame), Some(Frame::new(Kind::Luma, vec![raster])))
    } else {
        (frame, None)
    };
    let frame = into_ycc(frame, settings.chroma);
    let picture = code(&frame, quality, effort)?;
    let opacity = match opacity {
        Some(opacity) => Some(code(&opacity, quality.max(OPACITY), effort)?.units),
        None => None,
    };
    let mut body = Vec::new();
    let halved = frame.rasters.get(1).is_some_and(|chroma| chroma.size != frame.size);
    let mut file = Aviffy::new();
    if let Some(exif) = extras.exif {
        file.set_exif(exif.to_vec());
    }
    file.set_matrix_coefficients(MatrixCoefficients::Bt601)
        .set_transfer_characteristics(TransferCharacteristics::Srgb)
        .set_color_primaries(ColorPrimaries::Bt709)
        .set_full_color_range(true)
        .set_monochrome(frame.kind == Kind::Luma)
        .set_chroma_subsampling(if halved { (true, true) } else { (false, false) })
        .write(&mut body, &picture.units, opacity.as_deref(), size.width, size.height, 8)
        .map_err(|error| Error::Internal(format!("writing AVIF: {error}")))?;
    Ok(Written { body, shown: Some(shown(&frame, picture.shown)) })
}

/// Qualities on JPEG's scale, and libaom's quantizers with about the same SSIMULACRA2 score:
/// medians of twelve photographs, 400 wide.
const QUANTIZERS: [(u8, u8); 7] =
    [(1, 63), (20, 46), (40, 36), (60, 29), (80, 19), (90, 10), (100, 0)];

/// The quantizer for a quality, interpolated.
fn quantizer(quality: u8) -> u8 {
    let quality = quality.clamp(1, 100);
    let next = QUANTIZERS.iter().position(|&(known, _)| known >= quality).unwrap_or(0);
    let (above, coarse) = (QUANTIZERS[next], QUANTIZERS[next.saturating_sub(1)]);
    let [span, fall, along] =
        [above.0 - coarse.0, coarse.1 - above.1, quality - coarse.0].map(u32::from);
    coarse.1 - (fall * along / span.max(1)) as u8
}

/// One key frame, and its decoded planes.
fn code(frame: &Frame, quality: u8, effort: u32) -> Result<Coded, Error> {
    let effort = u8::try_from(effort).unwrap_or(u8::MAX);
    let planes: Vec<Plane<'_>> = frame.rasters.iter().map(plane).collect();
    obscura_av1::encode(&planes, Code { quantizer: quantizer(quality), effort })
        .map_err(|fault| Error::Internal(format!("encoding AV1: {fault}")))
}

fn plane(raster: &Raster) -> Plane<'_> {
    let Size { width, height } = raster.size;
    Plane { width, height, samples: &raster.samples }
}

/// Its decoded picture.
fn shown(frame: &Frame, planes: Vec<Vec<u8>>) -> Frame {
    let rasters = planes.into_iter().zip(&frame.rasters);
    let rasters = rasters.map(|(samples, raster)| Raster { samples, ..raster.clone() });
    Frame::new(frame.kind, rasters.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::colour::from_pixels;
    use crate::resample::Chroma;

    fn asked(quality: u8) -> Settings {
        Settings { quality, ..Settings::default() }
    }

    /// A colour gradient in RGB.
    fn slope(width: u32, height: u32, opacity: Option<Raster>) -> Frame {
        let pixel = |x: u32, y: u32| [x * 255 / width, y * 255 / height, 128].map(|v| v as u8);
        let pixels = (0..height).flat_map(|y| (0..width).flat_map(move |x| pixel(x, y)));
        from_pixels(Size::new(width, height), &pixels.collect::<Vec<u8>>(), opacity)
    }

    fn contains(file: &[u8], name: &[u8]) -> bool {
        file.windows(name.len()).any(|window| window == name)
    }

    #[test]
    fn what_is_shown_is_what_was_coded() {
        for (width, height) in [(1, 1), (17, 33), (64, 48)] {
            for chroma in [Chroma::Half, Chroma::Full] {
                let settings = Settings { chroma, ..asked(90) };
                let frame = slope(width, height, None);
                let file = encode(frame.clone(), &settings, Extras::default()).unwrap();
                assert_eq!(&file.body[4..12], b"ftypavif");
                let shown = file.shown.unwrap();
                assert_eq!(shown.size, frame.size);
                let luma = into_ycc(frame, Chroma::Full);
                let differences = luma.plane(0).iter().zip(shown.plane(0));
                let most = differences.map(|(a, b)| a.abs_diff(*b)).max().unwrap();
                assert!(most <= 12, "{width}×{height}, {chroma:?}: {most}");
            }
        }
    }

    #[test]
    fn more_effort_and_less_quality_make_smaller_files() {
        let size = |settings: &Settings| {
            encode(slope(64, 48, None), settings, Extras::default()).unwrap().body.len()
        };
        assert!(size(&asked(30)) < size(&asked(80)));
        let with = |effort| size(&Settings { effort, ..asked(80) });
        assert!(with(4) <= with(0));
    }

    #[test]
    fn opacity_grey_and_credit_are_written() {
        let size = Size::new(20, 20);
        let opacity = Raster::new(size, (0..400).map(|at| (at % 256) as u8).collect());
        let file = |frame, exif| {
            let extras = Extras { exif, ..Extras::default() };
            encode(frame, &asked(80), extras).unwrap().body
        };
        assert!(contains(&file(slope(20, 20, Some(opacity)), None), b"auxC"));
        assert!(!contains(&file(slope(20, 20, None), None), b"auxC"));
        let grey = Frame::new(Kind::Luma, vec![Raster::new(size, vec![90; 400])]);
        assert!(contains(&file(grey.clone(), None), b"av1C"));
        assert!(contains(&file(grey, Some(b"II*\0\x08\0\0\0\0\0")), b"Exif"));
    }

    #[test]
    fn quantizers_fall_as_quality_rises() {
        assert_eq!([1, 40, 80, 100].map(quantizer), [63, 36, 19, 0]);
        assert_eq!(quantizer(50), 33);
        assert!((1..100).all(|quality| quantizer(quality) >= quantizer(quality + 1)));
    }
}
