//! Decodes written files again, for scoring.

use std::io::{Cursor, Read};

use image_webp::WebPDecoder;
use obscura_jpeg::{Decoder, color};
use obscura_sdk::Error;

use crate::colour::{flatten, pixels};
use crate::format::Format;
use crate::pixels::Pixels;

/// The RGB pixels of a JPEG or WebP file that was written here, as a browser shows it on a
/// background, and its width.
///
/// # Errors
/// [`Error::Internal`]: it cannot be read, or is of another format.
pub fn decode_written(
    format: Format,
    body: &[u8],
    background: [u8; 3],
) -> Result<(Vec<u8>, usize), Error> {
    match format {
        Format::Jpeg => decode_jpeg(body),
        _ => decode_webp(body, background),
    }
}

fn decode_jpeg(body: &[u8]) -> Result<(Vec<u8>, usize), Error> {
    let fault = |error| Error::Internal(format!("reading the JPEG that was written: {error}"));
    let reader: &mut dyn Read = &mut &*body;
    let decoder = Decoder::new(reader).map_err(fault)?;
    let header = decoder.header().clone();
    let planes = decoder.decode().map_err(fault)?;
    Ok((color::to_rgb(&planes, &header, 3, true), planes.width))
}

fn decode_webp(body: &[u8], background: [u8; 3]) -> Result<(Vec<u8>, usize), Error> {
    let fault = |error| Error::Internal(format!("reading the WebP that was written: {error}"));
    let mut decoder = WebPDecoder::new(Cursor::new(body)).map_err(fault)?;
    let (width, height) = decoder.dimensions();
    let mut samples = vec![0; decoder.output_buffer_size().unwrap_or(0)];
    decoder.read_image(&mut samples).map_err(fault)?;
    if !decoder.has_alpha() {
        return Ok((samples, width as usize));
    }
    let frame = Pixels::rgba(width, height, samples)?.to_frame();
    Ok((pixels(&flatten(frame, background)), width as usize))
}
