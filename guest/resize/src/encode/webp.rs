//! WebP, lossy.

use obscura_sdk::Error;
use webp_lossy::{ColorType, EncoderParams, WebPEncoder};

use crate::colour::straight;
use crate::frame::{Frame, Kind};

pub(super) fn encode(frame: &Frame, quality: u8) -> Result<Vec<u8>, Error> {
    let mut file = Vec::new();
    let mut encoder = WebPEncoder::new(&mut file);
    let mut params = EncoderParams::default();
    params.use_lossy = true;
    params.lossy_quality = quality;
    encoder.set_params(params);
    let (width, height) = (frame.size.width, frame.size.height);
    let written = match frame.kind {
        Kind::Rgba => encoder.encode(&straight(frame), width, height, ColorType::Rgba8),
        _ => encoder.encode(frame.samples(), width, height, ColorType::Rgb8),
    };
    written.map_err(|error| Error::Internal(format!("writing WebP: {error}")))?;
    Ok(file)
}
