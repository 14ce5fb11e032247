//! Parameters that were checked.

use obscura_sdk::Error;

use super::{Animation, Goal, Parameters, Quality, Rendition, Target};
use crate::format::{AVIF_IS_BUILT_IN, Format};

/// Parameters that were checked: the only way to a rendering.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    pub(crate) renditions: &'a [Rendition],
}

impl<'a> Plan<'a> {
    /// Check what types cannot say.
    pub(crate) fn of(parameters: &'a Parameters) -> Result<Self, Error> {
        let renditions = parameters.renditions.as_slice();
        if renditions.is_empty() {
            return Err(Error::InvalidParameters(
                "`renditions` is empty; name at least one rendition".into(),
            ));
        }
        for (index, rendition) in renditions.iter().enumerate() {
            let earlier = renditions.iter().take(index);
            mistake(rendition, earlier).map_or(Ok(()), |(field, what)| {
                Err(Error::InvalidParameters(format!("`renditions[{index}].{field}`: {what}")))
            })?;
        }
        Ok(Self { renditions })
    }
}

/// A field, and what is wrong with it.
type Mistake = (&'static str, String);

/// The first mistake in a rendition.
fn mistake<'a>(
    rendition: &Rendition,
    mut earlier: impl Iterator<Item = &'a Rendition>,
) -> Option<Mistake> {
    let name = rendition.name.as_str();
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
    if name.is_empty() || name.len() > 64 || !name.chars().all(allowed) {
        let what = format!("`{name}` is not a name; use 1 to 64 characters of a–z, 0–9, - and _");
        return Some(("name", what));
    }
    if earlier.any(|earlier| earlier.name == name) {
        return Some(("name", format!("`{name}` is there already; give each rendition its own")));
    }
    size(rendition)
        .or_else(|| geometry(rendition))
        .or_else(|| effects(rendition))
        .or_else(|| coding(rendition))
}

fn size(rendition: &Rendition) -> Option<Mistake> {
    if !(0.1..=10.0).contains(&rendition.pixel_ratio) {
        return Some(out_of("pixel_ratio", rendition.pixel_ratio, "0.1 to 10"));
    }
    let (width, height) = rendition.asked();
    if width.is_none() && height.is_none() {
        return Some(("width", "missing, and so is `height`; give one of them, or both".into()));
    }
    let formats = rendition.possible();
    let largest = formats.iter().map(|f| f.max_side()).min().unwrap_or(0);
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
    if let Some(focus) = rendition.focus {
        for (field, value) in [("focus.x", focus.x), ("focus.y", focus.y)] {
            if !(0.0..=1.0).contains(&value) {
                return Some(out_of(field, value, "0 to 1, a fraction of the picture"));
            }
        }
    }
    for (side, pixels) in rendition.pad.sides() {
        if pixels > super::Padding::MOST {
            let what = format!("{side} is {pixels} pixels; choose 0 to {}", super::Padding::MOST);
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

fn coding(rendition: &Rendition) -> Option<Mistake> {
    match rendition.quality {
        Quality::Number(1..=100) => {}
        Quality::Number(other) => return Some(out_of("quality", other, "1 to 100")),
        Quality::Target(Goal::Score(score)) if !(30.0..=95.0).contains(&score) => {
            return Some(out_of("quality.score", score, "30 to 95"));
        }
        Quality::Target(Goal::Bytes(bytes)) if bytes < 100 => {
            return Some(out_of("quality.bytes", bytes, "100 or more"));
        }
        Quality::Target(_) => {}
    }
    if ![8, 16].contains(&rendition.depth) {
        return Some(out_of("depth", rendition.depth, "8 or 16"));
    }
    let writes = |format| rendition.possible().contains(&format);
    if rendition.depth == 16 && !writes(Format::Png) {
        return Some(("depth", "16 bits are written to PNG alone; set `format` to `png`".into()));
    }
    if let Some(other) = rendition.among.iter().find(|one| !CHOOSABLE.contains(one)) {
        let what = match other {
            Target::Avif => NOT_BUILT_IN.into(),
            other => {
                let names: Vec<String> = CHOOSABLE.iter().map(|one| format!("{one:?}")).collect();
                format!("`{other:?}` cannot be chosen from; name {}", names.join(", "))
                    .to_lowercase()
            }
        };
        return Some(("among", what));
    }
    if !rendition.among.is_empty() && rendition.format != Target::Auto {
        let what = "is for `format` `auto` alone; set that, or leave `among` out";
        return Some(("among", what.into()));
    }
    if rendition.format == Target::Auto
        && matches!(rendition.quality, Quality::Target(Goal::Bytes(_)))
    {
        let what = "`auto` compares formats at equal quality; give a number or a score";
        return Some(("quality", what.into()));
    }
    if rendition.format == Target::Avif && !AVIF_IS_BUILT_IN {
        return Some(("format", NOT_BUILT_IN.into()));
    }
    match rendition.effort {
        Some(effort) if effort > 5 => return Some(out_of("effort", effort, "0 to 5")),
        Some(_) if !writes(Format::Avif) => {
            let what = "is for AVIF alone; set `format` to `avif`, or leave it out";
            return Some(("effort", what.into()));
        }
        _ => {}
    }
    if rendition.animation == Animation::Keep
        && matches!(rendition.format, Target::Jpeg | Target::Avif | Target::Auto)
    {
        let what =
            "`keep` needs a format that moves; set `format` to `webp`, `gif`, `png` or `source`";
        return Some(("animation", what.into()));
    }
    None
}

/// What `auto` can choose from.
const CHOOSABLE: &[Target] = if AVIF_IS_BUILT_IN {
    &[Target::Jpeg, Target::Webp, Target::Png, Target::Avif]
} else {
    &[Target::Jpeg, Target::Webp, Target::Png]
};

/// What it chooses from unless told otherwise.
const CHOICES: [Target; 3] = [Target::Jpeg, Target::Webp, Target::Png];

const NOT_BUILT_IN: &str =
    "AVIF is not built in; publish the component `resize-avif`, and route to it";

fn out_of(field: &'static str, value: impl std::fmt::Display, choose: &str) -> Mistake {
    (field, format!("{value} is out of range; choose {choose}"))
}

impl Rendition {
    /// The formats that it can come to.
    pub(crate) fn possible(&self) -> Vec<Format> {
        match self.format {
            Target::Source => {
                let mut all = vec![Format::Jpeg, Format::Png, Format::Webp];
                all.extend((self.animation == Animation::Keep).then_some(Format::Gif));
                all.extend(AVIF_IS_BUILT_IN.then_some(Format::Avif));
                all
            }
            Target::Auto => self.choices(),
            Target::Jpeg => vec![Format::Jpeg],
            Target::Png => vec![Format::Png],
            Target::Webp => vec![Format::Webp],
            Target::Gif => vec![Format::Gif],
            Target::Avif => vec![Format::Avif],
        }
    }

    /// What `auto` chooses from.
    pub(crate) fn choices(&self) -> Vec<Format> {
        let among = if self.among.is_empty() { CHOICES.as_slice() } else { &self.among };
        let format = |target: &Target| match target {
            Target::Jpeg => Some(Format::Jpeg),
            Target::Webp => Some(Format::Webp),
            Target::Png => Some(Format::Png),
            Target::Avif => Some(Format::Avif),
            Target::Gif | Target::Source | Target::Auto => None,
        };
        among.iter().filter_map(format).collect()
    }

    /// The format for a still picture that came as `source`; for `auto`, the
    /// one that its size is checked against.
    pub(crate) fn format_of(&self, source: Format) -> Format {
        match self.format {
            Target::Source => match source {
                Format::Jpeg | Format::Png | Format::Webp | Format::Avif => source,
                Format::Gif | Format::Tiff | Format::Bmp => Format::Png,
            },
            Target::Auto => self.choices().first().copied().unwrap_or(Format::Jpeg),
            Target::Jpeg => Format::Jpeg,
            Target::Png => Format::Png,
            Target::Webp => Format::Webp,
            Target::Gif => Format::Gif,
            Target::Avif => Format::Avif,
        }
    }
}
