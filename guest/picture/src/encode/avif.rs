//! AVIF: a picture and its alpha, if any, each an AV1 key frame encoded by `rav1e`.

use std::sync::Arc;

use avif_serialize::Aviffy;
use avif_serialize::constants::{ColorPrimaries, MatrixCoefficients, TransferCharacteristics};
use obscura_sdk::Error;
use rav1e::color::{ChromaSamplePosition, ChromaSampling, ColorDescription, PixelRange};
use rav1e::config::SpeedSettings;
use rav1e::prelude::{EncoderStatus, Rational, SceneDetectionSpeed, Tune};
use rav1e::{Config, EncoderConfig, Frame as Planes};

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
        Some(opacity) => Some(code(&opacity, quality.max(OPACITY), effort)?.0),
        None => None,
    };
    let mut body = Vec::new();
    let halved = sampling(&frame) == ChromaSampling::Cs420;
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
        .write(&mut body, &picture.0, opacity.as_deref(), size.width, size.height, 8)
        .map_err(|error| Error::Internal(format!("writing AVIF: {error}")))?;
    Ok(Written { body, shown: Some(shown(&frame, &picture.1)) })
}

/// Qualities on JPEG's scale, and AV1 quantizers, 0 (lossless) to 255, with about the same
/// SSIMULACRA2 score: medians of five photographs, 320 wide.
const QUANTIZERS: [(u8, usize); 6] =
    [(1, 230), (40, 157), (60, 143), (80, 115), (90, 82), (100, 8)];

/// The quantizer for a quality, interpolated.
fn quantizer(quality: u8) -> usize {
    let quality = quality.clamp(1, 100);
    let next = QUANTIZERS.iter().position(|&(known, _)| known >= quality).unwrap_or(0);
    let (above, coarse) = (QUANTIZERS[next], QUANTIZERS[next.saturating_sub(1)]);
    let span = usize::from(above.0 - coarse.0).max(1);
    coarse.1 - (coarse.1 - above.1) * usize::from(quality - coarse.0) / span
}

/// One key frame, and its decoded picture.
fn code(frame: &Frame, quality: u8, effort: u32) -> Result<(Vec<u8>, Arc<Planes<u8>>), Error> {
    let fault = |what: &dyn std::fmt::Debug| Error::Internal(format!("coding AV1: {what:?}"));
    let config = Config::new().with_encoder_config(config(frame, quality, effort)).with_threads(1);
    let mut context = config.new_context::<u8>().map_err(|error| fault(&error))?;
    let mut planes = context.new_frame();
    for (plane, raster) in planes.planes.iter_mut().zip(&frame.rasters) {
        plane.copy_from_raw_u8(&raster.samples, raster.size.width as usize, 1);
    }
    context.send_frame(planes).map_err(|error| fault(&error))?;
    context.flush();
    loop {
        match context.receive_packet() {
            Ok(packet) => {
                let shown = packet.rec.ok_or_else(|| fault(&"no reconstruction"))?;
                return Ok((packet.data, shown));
            }
            Err(EncoderStatus::Encoded) => {}
            Err(status) => return Err(fault(&status)),
        }
    }
}

fn config(frame: &Frame, quality: u8, effort: u32) -> EncoderConfig {
    let speed = u8::try_from(10_u32.saturating_sub(effort)).unwrap_or(10);
    let mut speed_settings = SpeedSettings::from_preset(speed);
    // There are no other frames for lookahead.
    speed_settings.multiref = false;
    speed_settings.rdo_lookahead_frames = 1;
    speed_settings.scene_detection_mode = SceneDetectionSpeed::None;
    EncoderConfig {
        width: frame.size.width as usize,
        height: frame.size.height as usize,
        bit_depth: 8,
        chroma_sampling: sampling(frame),
        chroma_sample_position: ChromaSamplePosition::Unknown,
        pixel_range: PixelRange::Full,
        color_description: Some(ColorDescription {
            color_primaries: rav1e::color::ColorPrimaries::BT709,
            transfer_characteristics: rav1e::color::TransferCharacteristics::SRGB,
            matrix_coefficients: rav1e::color::MatrixCoefficients::BT601,
        }),
        time_base: Rational::new(1, 1),
        still_picture: true,
        quantizer: quantizer(quality),
        tune: Tune::Psychovisual,
        speed_settings,
        ..EncoderConfig::default()
    }
}

fn sampling(frame: &Frame) -> ChromaSampling {
    match frame.rasters.get(1) {
        None => ChromaSampling::Cs400,
        Some(chroma) if chroma.size == frame.size => ChromaSampling::Cs444,
        Some(_) => ChromaSampling::Cs420,
    }
}

/// Its decoded picture.
fn shown(frame: &Frame, planes: &Planes<u8>) -> Frame {
    let rasters = planes.planes.iter().zip(&frame.rasters).map(|(plane, raster)| {
        let Size { width, height } = raster.size;
        let rows = plane.rows_iter().take(height as usize);
        let samples = rows.flat_map(|row| row.iter().take(width as usize)).copied().collect();
        Raster { samples, ..raster.clone() }
    });
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
        assert_eq!([1, 40, 80, 100].map(quantizer), [230, 157, 115, 8]);
        assert_eq!(quantizer(50), 150);
        assert!((1..100).all(|quality| quantizer(quality) >= quantizer(quality + 1)));
    }
}
