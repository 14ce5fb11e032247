//! WebP, lossy.

use obscura_sdk::Error;
use webp_lossy::{ColorType, EncoderParams, WebPEncoder};

use crate::colour::pixels;
use crate::frame::{Frame, Kind};

pub(super) fn encode(frame: &Frame, quality: u8) -> Result<Vec<u8>, Error> {
    let mut file = Vec::new();
    let mut encoder = WebPEncoder::new(&mut file);
    let mut params = EncoderParams::default();
    params.use_lossy = true;
    params.lossy_quality = quality;
    encoder.set_params(params);
    let (width, height) = (frame.size.width, frame.size.height);
    let colour = match frame.kind {
        Kind::Luma => ColorType::L8,
        Kind::Rgb | Kind::Ycc => ColorType::Rgb8,
        Kind::Rgba => ColorType::Rgba8,
    };
    let written = encoder.encode(&pixels(frame), width, height, colour);
    written.map_err(|error| Error::Internal(format!("writing WebP: {error}")))?;
    Ok(file)
}
