//! The transform `placeholder`: makes what a page shows until the picture has loaded.
//!
//! - `parameters`: the validated parameters
//! - `blurhash`: the older of the two hashes; the other is a crate's
//! - `colour`: the dominant colour
//! - `facts`: the JSON

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod blurhash;
mod colour;
mod facts;
mod parameters;

use obscura_picture::{ACCEPTED, Detail, Picture, Pixels, encode_frame};
use obscura_sdk::{Description, Error, Output, Rendition, RenditionSpec, Source, Transform};

use facts::Facts;
pub use parameters::{Hash, Parameters, Preview};

/// The JSON.
const FACTS: &str = "placeholder";
/// The tiny picture.
const PREVIEW: &str = "preview";

/// The size of the picture for hashes and colours, which is ThumbHash's maximum.
const SAMPLE: u32 = 100;
/// The quality of the tiny picture, which is shown blurred.
const QUALITY: u8 = 60;

/// The transform.
#[derive(Debug)]
pub struct Placeholder;

impl Transform for Placeholder {
    type Parameters = Parameters;

    fn describe() -> Description {
        Description {
            name: "placeholder".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            summary: "Makes what is shown until a picture is there: a hash, its dominant colour \
                      and a tiny picture."
                .into(),
            accepts: ACCEPTED.map(Into::into).into(),
        }
    }

    fn plan(parameters: &Parameters) -> Result<Vec<RenditionSpec>, Error> {
        parameters.check()?;
        let preview = parameters.format.format().media_type();
        Ok(vec![
            RenditionSpec::new(FACTS, ["application/json"]),
            RenditionSpec::new(PREVIEW, [preview]),
        ])
    }

    fn transform(
        source: &mut Source<'_>,
        parameters: &Parameters,
        output: &mut Output,
    ) -> Result<(), Error> {
        parameters.check()?;
        let picture = Picture::read(source, Detail::Side(SAMPLE))?;
        let sample = Pixels::of_frame(&picture.fitting(SAMPLE));
        let small = picture.fitting(parameters.size);
        let (width, height) = (small.size.width, small.size.height);
        let format = parameters.format.format();
        let preview = encode_frame(small, format, QUALITY)?;

        let inline = parameters.inline.then_some((format, preview.as_slice()));
        let facts = Facts::of(&picture, &sample, parameters.hash, inline).json()?;
        output.emit(Rendition::new(FACTS, "application/json", facts));
        output.emit(Rendition::new(PREVIEW, format.media_type(), preview).sized(width, height));
        Ok(())
    }
}

obscura_sdk::export!(Placeholder);
