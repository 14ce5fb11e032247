//! What it makes of pictures.
//!
//! - `pictures`: the project's own
//! - `trial`: one picture, twice
//! - `rendition`: what a rendition's own header says
//!
//! `make.py` makes the pictures.

mod pictures;
mod rendition;
mod trial;

use super::{Picture, PictureFigures, Refusal, Setting, Step};
use crate::code::Code;
use crate::document::sniff;
use crate::sandbox::{Description, Transform};
use trial::Trial;

/// The pictures that every component is tried on.
pub fn pictures() -> impl Iterator<Item = Picture> {
    pictures::all().into_iter()
}

/// Render the project's pictures and the author's with every setting. Each has
/// to end in renditions that are what they are said to be, or in an error for
/// the uploader, and twice in the same.
pub(super) fn check(
    transform: &Transform,
    description: &Description,
    settings: &[Setting],
    own: &[Picture],
) -> Result<Vec<PictureFigures>, Refusal> {
    let mut figures = Vec::new();
    for setting in settings {
        let mut rendered = false;
        for picture in pictures::all().iter().chain(own) {
            let trial = Trial { transform, setting, picture };
            let one = trial.run()?;
            let media_type = sniff(&picture.body);
            rendered |= one.renditions > 0 && description.accepts.iter().any(|a| a == media_type);
            figures.push(one);
        }
        if !rendered {
            return Err(Refusal::new(
                Code::NothingRendered,
                Step::Golden,
                format!(
                    "with the parameters of {} it rendered none of the pictures of the types that \
                     it accepts ({})",
                    setting.used_by,
                    description.accepts.join(", ")
                ),
                format!(
                    "Render them, or, if it reads formats that are not among them, upload one to \
                     incoming/{}/golden/.",
                    description.name
                ),
            ));
        }
    }
    Ok(figures)
}
