//! The transform `watermark`: draws a mark on a picture. The mark is a PNG in the parameters;
//! nothing is fetched.
//!
//! - `parameters`: the parameters
//! - `overlay`: decodes and scales the mark
//! - `placement`: its position, once or tiled
//! - `blend`: blends it over the picture

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod blend;
mod overlay;
mod parameters;
mod placement;

use obscura_picture::colour::whole;
use obscura_picture::{ACCEPTED, Detail, Format, Picture, encode_frame};
use obscura_sdk::{Description, Error, Output, Rendition, RenditionSpec, Source, Transform};

use overlay::Overlay;
pub use parameters::{Offset, Parameters, Position};

/// The name of the rendition.
const NAME: &str = "watermarked";

/// The transform.
#[derive(Debug)]
pub struct Watermark;

impl Transform for Watermark {
    type Parameters = Parameters;

    fn describe() -> Description {
        Description {
            name: "watermark".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            summary: "Lays a mark on a picture, once or all over it; without metadata.".into(),
            accepts: ACCEPTED.map(Into::into).into(),
        }
    }

    fn plan(parameters: &Parameters) -> Result<Vec<RenditionSpec>, Error> {
        parameters.check()?;
        Overlay::parse(&parameters.overlay)?;
        Ok(vec![RenditionSpec::new(NAME, parameters.format.media_types())])
    }

    fn transform(
        source: &mut Source<'_>,
        parameters: &Parameters,
        output: &mut Output,
    ) -> Result<(), Error> {
        parameters.check()?;
        let overlay = Overlay::parse(&parameters.overlay)?;
        let limits = source.limits();
        let Picture { format, width, height, frame } = Picture::read(source, Detail::Full)?;
        let format = parameters.format.of(format);
        let mark = overlay.laid_on((width, height), parameters, limits)?;
        // JPEG and WebP have subsampled chroma; PNG has full chroma.
        let frame = if format == Format::Png { whole(&frame).into_owned() } else { frame };
        let places =
            placement::places((width, height), (mark.size.width, mark.size.height), parameters);
        let frame = blend::over(frame, &mark, places);
        let body = encode_frame(frame, format, parameters.quality.clamp(1, 100) as u8)?;
        output.emit(Rendition::new(NAME, format.media_type(), body).sized(width, height));
        Ok(())
    }
}

obscura_sdk::export!(Watermark);
