//! What encoders need.

use super::settings::Settings;
use crate::format::Format;
use crate::frame::Kind;
use crate::geometry::Size;
use crate::resample::Chroma;

/// The bytes of memory that encoding a frame of this kind takes, its copy of the frame included: as
/// measured with photographs, rounded up. Pure noise takes more.
#[must_use]
pub fn memory(format: Format, kind: Kind, size: Size, settings: &Settings) -> u64 {
    let planar = matches!(kind, Kind::Luma | Kind::Ycc);
    let a_pixel = match format {
        Format::Jpeg if planar => 3,
        Format::Webp if planar && !settings.lossless => 9,
        Format::Jpeg => 10,
        Format::Webp if !settings.lossless => 15,
        Format::Png | Format::Webp => 12,
        Format::Gif => 21,
        Format::Avif if settings.chroma == Chroma::Half => 24,
        Format::Avif => 42,
        Format::Heic | Format::Tiff | Format::Bmp => 0,
    };
    if format != Format::Avif {
        return size.pixels().saturating_mul(a_pixel);
    }
    // Alpha is a second frame; and libaom has tables of its own.
    let alpha = if kind.has_alpha() { 20 } else { 0 };
    size.pixels().saturating_mul(a_pixel + alpha).saturating_add(24 << 20)
}
