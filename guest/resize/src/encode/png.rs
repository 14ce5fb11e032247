//! PNG.

use obscura_sdk::Error;
use png::{BitDepth, ColorType, Compression, Encoder, Filter};

use crate::colour::pixels;
use crate::frame::{Frame, Kind};

pub(super) fn encode(frame: &Frame) -> Result<Vec<u8>, Error> {
    let colour = match frame.kind {
        Kind::Luma => ColorType::Grayscale,
        Kind::Rgb | Kind::Ycc => ColorType::Rgb,
        Kind::Rgba => ColorType::Rgba,
    };
    let samples = pixels(frame);
    let mut file = Vec::with_capacity(samples.len() / 2);
    let mut encoder = Encoder::new(&mut file, frame.size.width, frame.size.height);
    encoder.set_color(colour);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::Balanced);
    encoder.set_filter(Filter::Adaptive);
    let written = encoder.write_header().and_then(|mut writer| {
        writer.write_image_data(&samples)?;
        writer.finish()
    });
    written.map_err(|error| Error::Internal(format!("writing PNG: {error}")))?;
    Ok(file)
}
