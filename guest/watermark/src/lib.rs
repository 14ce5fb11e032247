//! The transform `watermark`: a mark on a picture. The mark is a PNG in the
//! parameters; nothing is fetched.
//!
//! - `parameters`: what is asked for
//! - `overlay`: the mark, from its data URI to the size at which it is laid on
//! - `placement`: where it lies, once or many times
//! - `blend`: its pixels over the picture's

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod blend;
mod overlay;
mod parameters;
mod placement;

use obscura_picture::{ACCEPTED, Detail, Picture, encode};
use obscura_sdk::{Description, Error, Output, Rendition, RenditionSpec, Source, Transform};

use overlay::Overlay;
pub use parameters::{Offset, Parameters, Position};

/// The one rendition.
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
        let mut picture = Picture::read(source, Detail::Full)?;
        let size = (picture.width, picture.height);
        let mark = overlay.laid_on(size, parameters, limits)?;
        for at in placement::places(size, mark.dimensions(), parameters) {
            blend::over(&mut picture.pixels, &mark, at);
        }
        let format = parameters.format.of(picture.format);
        let body = encode(&picture.pixels, format, parameters.quality.clamp(1, 100) as u8)?;
        let (width, height) = size;
        output.emit(Rendition::new(NAME, format.media_type(), body).sized(width, height));
        Ok(())
    }
}

obscura_sdk::export!(Watermark);
