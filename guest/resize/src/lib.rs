//! The transform `resize`: web sizes of a picture.
//!
//! The stages of processing (`p::` is the library [`obscura_picture`]):
//!
//! 1. [`parameters`]: parsing and checking the parameters
//! 2. `p::format`: the file's format, from its bytes
//! 3. `p::decode`: the file's header, then its pixels, at a reduced scale where
//!    the renditions allow it
//! 4. `geometry`, `crop`: the part of the picture, and its position in the rendition
//! 5. `p::resample`: the frame at a rendition's size, from the largest to the smallest, each from
//!    the previous one where the difference is invisible; `p::precise` for renditions that ask for
//!    linear light, other filters or 16 bits
//! 6. `p::profile`: its colours in sRGB
//! 7. `effects`: blur, sharpening, grey
//! 8. `encode`: the rendition's file, at the quality that reaches a `score`
//!
//! `render` runs these stages; an animation is processed frame by frame, each as a still picture of
//! the same format.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod crop;
mod effects;
mod encode;
mod geometry;
pub mod parameters;
mod render;
mod score;

use std::io::{Cursor, Read};

use obscura_picture::animation::{Animation, tells_of_frames};
use obscura_picture::decode;
use obscura_picture::format::{AVIF_IS_BUILT_IN, Format, HEAD, HEIC_IS_BUILT_IN};
use obscura_sdk::{Description, Error, Output, RenditionSpec, Source, Transform};

use parameters::{Animation as Frames, Damaged, FACES_ARE_FOUND, Parameters, Plan, Rendition};
use render::Order;

/// The transform's name.
const NAME: &str = if FACES_ARE_FOUND {
    "resize-faces"
} else if HEIC_IS_BUILT_IN {
    "resize-heif"
} else if AVIF_IS_BUILT_IN {
    "resize-avif"
} else {
    "resize"
};

/// The transform.
#[derive(Debug)]
pub struct Resize;

impl Transform for Resize {
    type Parameters = Parameters;

    fn describe() -> Description {
        Description {
            name: NAME.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            summary: "Makes web sizes of a picture: scaled, cropped, upright, without metadata."
                .into(),
            accepts: {
                let read = Format::READ.iter().map(|format| format.media_type());
                // A file that does not state its codec is treated as HEIC.
                read.chain(HEIC_IS_BUILT_IN.then_some("image/heif")).map(str::to_owned).collect()
            },
        }
    }

    fn plan(parameters: &Parameters) -> Result<Vec<RenditionSpec>, Error> {
        let plan = Plan::of(parameters)?;
        let spec = |rendition: &parameters::Rendition| {
            let formats = rendition.possible();
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
        let damaged = parameters.damaged;
        let order = |renditions, frames| Order { renditions, format, frames, limits, damaged };
        let all: Vec<&Rendition> = plan.renditions.iter().collect();
        let keeps = |what| all.iter().find(|rendition| rendition.animation == what).copied();
        let (kept, strict) = (keeps(Frames::Keep), keeps(Frames::Refuse));
        let may_move = match format {
            Format::Png if kept.or(strict).is_some() => tells_of_frames(&mut head, source)?,
            // Its first frame is read like all others.
            Format::Webp => true,
            _ => format.may_move() && kept.or(strict).is_some(),
        };
        if !may_move {
            let order = order(all, 1);
            let picture =
                decode::decode(format, &mut Cursor::new(head).chain(source), limits, &order)?;
            return order.render(picture, output);
        }

        let mut file = head;
        source.read_to_end(&mut file)?;
        let animation = Animation::open(format, &file, limits, damaged == Damaged::Render)?;
        let Some(animation) = animation else {
            let order = order(all, 1);
            let picture = decode::decode(format, &mut Cursor::new(file), limits, &order)?;
            return order.render(picture, output);
        };
        let mut stills = all;
        if animation.count() > 1 {
            if let Some(strict) = strict {
                return Err(Error::UnsupportedFormat(format!(
                    "this is an animation, which the rendition `{}` refuses; upload a still picture",
                    strict.name
                )));
            }
            let (moving, still): (Vec<_>, Vec<_>) =
                stills.into_iter().partition(|r| r.animation == Frames::Keep);
            stills = still;
            if !moving.is_empty() {
                order(moving, animation.count()).animate(&animation, output)?;
            }
        }
        if stills.is_empty() {
            return Ok(());
        }
        let order = order(stills, 1);
        let picture = animation.first(&order)?;
        order.render(picture, output)
    }
}

obscura_sdk::export!(Resize);
