//! The step that renders golden pictures.
//!
//! - `pictures`: the project's own
//! - `trial`: one picture, twice
//! - `rendition`: checks of a rendition's header
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

/// The pictures that every component is tested with.
pub fn pictures() -> impl Iterator<Item = Picture> {
    pictures::all().into_iter()
}

/// Render the project's and the author's pictures with all parameters. Each must give correct
/// renditions, or an error for the uploader, and the same result twice.
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
