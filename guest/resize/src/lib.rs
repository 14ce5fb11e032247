//! The transform `resize`: web sizes of a picture.
//!
//! How a picture goes through:
//!
//! 1. [`parameters`]: what is asked for, checked
//! 2. `format`: what the file is, told by its bytes
//! 3. `decode`: the file's header, then its pixels, at a reduced scale where
//!    the renditions allow it
//! 4. `geometry`, `orientation`: which part of the picture goes where
//! 5. `resample`: the frame at a rendition's size, from the largest to the
//!    smallest, each from the one before where that cannot be told
//! 6. `profile`: its colours in sRGB
//! 7. `encode`: the rendition's file
//!
//! A picture in memory is a [`frame`](frame::Frame): planes of luma and chroma
//! all the way from JPEG to JPEG, red, green and blue otherwise (`colour`).

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod colour;
mod decode;
mod encode;
mod format;
mod frame;
mod geometry;
mod orientation;
pub mod parameters;
mod profile;
mod render;
mod resample;

use std::io::{Cursor, Read};

use obscura_sdk::{Description, Error, Output, RenditionSpec, Source, Transform};

use format::{Format, HEAD};
use parameters::{Parameters, Plan};
use render::Order;

/// The transform.
#[derive(Debug)]
pub struct Resize;

impl Transform for Resize {
    type Parameters = Parameters;

    fn describe() -> Description {
        let read = [Format::Jpeg, Format::Png, Format::Webp, Format::Gif];
        Description {
            name: "resize".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            summary: "Makes web sizes of a picture: scaled, cropped, upright, without metadata."
                .into(),
            accepts: read.iter().map(|format| format.media_type().to_owned()).collect(),
        }
    }

    fn plan(parameters: &Parameters) -> Result<Vec<RenditionSpec>, Error> {
        let plan = Plan::of(parameters)?;
        let spec = |rendition: &parameters::Rendition| {
            let formats = rendition.format.possible();
            RenditionSpec::new(&rendition.name, formats.iter().map(|format| format.media_type()))
        };
        Ok(plan.renditions.iter().map(spec).collect())
    }

    fn transform(
        source: &mut Source<'_>,
        parameters: &Parameters,
        output: &mut Output,
    ) -> Result<(), Error> {
        let plan = Plan::of(parameters)?;
        let limits = source.limits();
        let mut head = Vec::with_capacity(HEAD);
        source.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
        let format = Format::sniff(&head)?;
        let order = Order { plan, format, limits };
        let picture = decode::decode(format, Cursor::new(head).chain(source), limits, &order)?;
        order.render(picture, output)
    }
}

obscura_sdk::export!(Resize);
