//! Checked parameters.

use obscura_picture::format::Format;
use obscura_sdk::Error;

use super::choices::{FACES_ARE_FOUND, Padding, Position, Target};
use super::coding;
use super::document::Parameters;
use super::mistake::{Mistake, out_of};
use super::rendition::Rendition;

/// The maximum pixels of a side.
const MOST: u32 = 65_535;

/// Checked parameters, which rendering requires.
#[derive(Debug)]
pub(crate) struct Plan {
    /// What is emitted, a rendition each: families are there as their members.
    pub(crate) renditions: Vec<Rendition>,
}

impl Plan {
    /// Check what types cannot say.
    pub(crate) fn of(parameters: &Parameters) -> Result<Self, Error> {
        if parameters.renditions.is_empty() {
            return Err(Error::InvalidParameters(
                "`renditions` is empty; name at least one rendition".into(),
            ));
        }
        let mut renditions: Vec<Rendition> = Vec::new();
        for (index, family) in parameters.renditions.iter().enumerate() {
            let members = family.members();
            mistake(family, &members, &renditions).map_or(Ok(()), |(field, what)| {
                Err(Error::InvalidParameters(format!("`renditions[{index}].{field}`: {what}")))
            })?;
            renditions.extend(members);
        }
        let planned = |name: &String| renditions.iter().any(|rendition| rendition.name == *name);
        if let Some(unknown) = parameters.only.iter().find(|name| !planned(name)) {
            return Err(Error::InvalidParameters(format!(
                "`only`: there is no rendition `{unknown}`"
            )));
        }
        let wanted =
            |one: &Rendition| parameters.only.is_empty() || parameters.only.contains(&one.name);
        renditions.retain(wanted);
        Ok(Self { renditions })
    }
}

/// The first mistake in a rendition, which is a family or its own only member.
fn mistake(family: &Rendition, members: &[Rendition], earlier: &[Rendition]) -> Option<Mistake> {
    names(members, earlier)
        .or_else(|| widths(family))
        .or_else(|| coding::formats(family))
        .or_else(|| members.iter().find_map(size).map(|mistake| in_family(family, mistake)))
        .or_else(|| geometry(family))
        .or_else(|| effects(family))
        .or_else(|| coding::mistake(family, members))
}

fn names(members: &[Rendition], earlier: &[Rendition]) -> Option<Mistake> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
    for (index, member) in members.iter().enumerate() {
        let name = member.name.as_str();
        if name.is_empty() || name.len() > 64 || !name.chars().all(allowed) {
            let what =
                format!("`{name}` is not a name; use 1 to 64 characters of a–z, 0–9, - and _");
            return Some(("name", what));
        }
        let mut others = earlier.iter().chain(members.iter().take(index));
        if others.any(|other| other.name == name) {
            let what = format!("`{name}` is there already; give each rendition its own");
            return Some(("name", what));
        }
    }
    None
}

fn widths(family: &Rendition) -> Option<Mistake> {
    (!family.widths.is_empty() && family.width.is_some())
        .then(|| ("widths", "stands instead of `width`; leave one of them out".into()))
}

/// A member's mistake, at its field in the family.
fn in_family(family: &Rendition, (field, what): Mistake) -> Mistake {
    let several = field == "width" && !family.widths.is_empty();
    (if several { "widths" } else { field }, what)
}

fn size(rendition: &Rendition) -> Option<Mistake> {
    if !(0.1..=10.0).contains(&rendition.pixel_ratio) {
        return Some(out_of("pixel_ratio", rendition.pixel_ratio, "0.1 to 10"));
    }
    let (width, height) = rendition.asked();
    if width.is_none() && height.is_none() {
        return Some(("width", "missing, and so is `height`; give one of them, or both".into()));
    }
    // The picture determines `source`; otherwise, another format may be suitable.
    let sides = rendition.possible().into_iter().map(Format::max_side);
    let largest = match rendition.format {
        Target::Source => sides.min(),
        _ => sides.max(),
    };
    let largest = largest.unwrap_or(0).min(MOST);
    for (field, given, side) in
        [("width", rendition.width, width), ("height", rendition.height, height)]
    {
        if given.is_some_and(|given| given == 0)
            || side.is_some_and(|side| !(1..=largest).contains(&side))
        {
            let unit = match rendition.format {
                Target::Webp => "for WebP ",
                Target::Source => "for `source`, which can be WebP, ",
                Target::Auto => "for `auto` ",
                Target::Jpeg | Target::Png | Target::Gif | Target::Avif => "",
            };
            let side = if given == Some(0) { 0 } else { side.unwrap_or(0) };
            return Some((field, format!("{side} pixels; {unit}choose 1 to {largest}")));
        }
    }
    None
}

fn geometry(rendition: &Rendition) -> Option<Mistake> {
    if ![0, 90, 180, 270].contains(&rendition.rotate) {
        return Some(out_of("rotate", rendition.rotate, "0, 90, 180 or 270"));
    }
    if rendition.position == Position::Faces && !FACES_ARE_FOUND {
        let what = "`faces` is not built in; publish the component `resize-faces`, and route to it";
        return Some(("position", what.into()));
    }
    if let Some(focus) = rendition.focus {
        for (field, value) in [("focus.x", focus.x), ("focus.y", focus.y)] {
            if !(0.0..=1.0).contains(&value) {
                return Some(out_of(field, value, "0 to 1, a fraction of the picture"));
            }
        }
    }
    for (side, pixels) in rendition.pad.sides() {
        if pixels > Padding::MOST {
            let what = format!("{side} is {pixels} pixels; choose 0 to {}", Padding::MOST);
            return Some(("pad", what));
        }
    }
    None
}

fn effects(rendition: &Rendition) -> Option<Mistake> {
    for (field, value, most) in
        [("blur", rendition.blur, 100.0), ("sharpen", rendition.sharpen, 10.0)]
    {
        if let Some(value) = value.filter(|value| !(0.3..=most).contains(value)) {
            return Some(out_of(field, value, &format!("0.3 to {most}")));
        }
    }
    None
}
