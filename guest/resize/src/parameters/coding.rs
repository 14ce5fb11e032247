//! Checks of the parameters of formats.

use obscura_picture::format::{AVIF_IS_BUILT_IN, Format};

use super::choices::{Animation, Chroma, Metadata, Profile, Target};
use super::mistake::{Mistake, out_of};
use super::quality::{Goal, Quality};
use super::rendition::Rendition;

/// The formats that `auto`, `formats` and `fallback` can name.
const CHOOSABLE: &[Target] = if AVIF_IS_BUILT_IN {
    &[Target::Jpeg, Target::Webp, Target::Png, Target::Avif]
} else {
    &[Target::Jpeg, Target::Webp, Target::Png]
};

const NOT_BUILT_IN: &str =
    "AVIF is not built in; publish the component `resize-avif`, and route to it";

/// The first mistake of a family with these members.
pub(super) fn mistake(family: &Rendition, members: &[Rendition]) -> Option<Mistake> {
    quality(family, members)
        .or_else(|| unknown_to_formats(family, members))
        .or_else(|| members.iter().find_map(animation))
}

/// The first mistake in the lists of formats.
pub(super) fn formats(rendition: &Rendition) -> Option<Mistake> {
    let with_gif = [CHOOSABLE, &[Target::Gif]].concat();
    for (field, named, allowed) in [
        ("among", &rendition.among, CHOOSABLE),
        ("formats", &rendition.formats, with_gif.as_slice()),
        ("fallback", &rendition.fallback, CHOOSABLE),
    ] {
        if let Some(other) = named.iter().find(|one| !allowed.contains(one)) {
            let what = match other {
                Target::Avif => NOT_BUILT_IN.into(),
                other => {
                    let names: Vec<&str> = allowed.iter().map(|one| one.word()).collect();
                    format!("`{}` cannot be chosen; name {}", other.word(), names.join(", "))
                }
            };
            return Some((field, what));
        }
    }
    if !rendition.among.is_empty() && rendition.format != Target::Auto {
        let what = "is for `format` `auto` alone; set that, or leave `among` out";
        return Some(("among", what.into()));
    }
    if !rendition.formats.is_empty() && rendition.format != Target::Source {
        let what = "stands instead of `format`; leave one of them out";
        return Some(("formats", what.into()));
    }
    if !rendition.fallback.is_empty() && rendition.format == Target::Auto {
        let what = "`auto` takes another format by itself; leave `fallback` out";
        return Some(("fallback", what.into()));
    }
    (rendition.format == Target::Avif && !AVIF_IS_BUILT_IN).then(|| ("format", NOT_BUILT_IN.into()))
}

fn quality(rendition: &Rendition, members: &[Rendition]) -> Option<Mistake> {
    match rendition.quality {
        Quality::Number(1..=100) => return None,
        Quality::Number(other) => return Some(out_of("quality", other, "1 to 100")),
        Quality::Target(Goal::Score(score)) if !(30.0..=95.0).contains(&score) => {
            return Some(out_of("quality.score", score, "30 to 95"));
        }
        Quality::Target(Goal::Bytes(bytes)) if bytes < 100 => {
            return Some(out_of("quality.bytes", bytes, "100 or more"));
        }
        Quality::Target(Goal::Bytes(_)) if rendition.format == Target::Auto => {
            let what = "`auto` compares formats at equal quality; give a number or a score";
            return Some(("quality", what.into()));
        }
        Quality::Target(_) => {}
    }
    let lossy = |format| match format {
        Format::Webp => !rendition.lossless,
        format => matches!(format, Format::Jpeg | Format::Avif),
    };
    let searched = members.iter().flat_map(Rendition::possible).any(lossy);
    (!searched).then(|| {
        let what = "a target is searched for by quality, which PNG, GIF and WebP without loss do \
                    not have; choose another `format`, or leave it out";
        ("quality", what.into())
    })
}

/// Parameters of a format that the rendition never has would be ignored.
fn unknown_to_formats(family: &Rendition, members: &[Rendition]) -> Option<Mistake> {
    use Format::{Avif, Gif, Jpeg, Png, Webp};
    if let Some(effort) = family.effort.filter(|effort| *effort > 5) {
        return Some(out_of("effort", effort, "0 to 5"));
    }
    if ![8, 16].contains(&family.depth) {
        return Some(out_of("depth", family.depth, "8 or 16"));
    }
    let rows: [(&'static str, bool, &[Format], &str); 7] = [
        ("chroma", family.chroma != Chroma::default(), &[Jpeg, Avif], "JPEG and AVIF"),
        ("progressive", family.progressive, &[Jpeg], "JPEG"),
        ("effort", family.effort.is_some(), &[Avif, Png], "AVIF and PNG"),
        ("lossless", family.lossless, &[Webp], "WebP"),
        ("depth", family.depth == 16, &[Png], "PNG"),
        ("profile", family.profile == Profile::Keep, &[Jpeg, Png, Webp], "JPEG, PNG and WebP"),
        ("metadata", family.metadata != Metadata::None, &[Jpeg, Png, Webp, Avif], "all but GIF"),
    ];
    let possible: Vec<Format> = members.iter().flat_map(Rendition::possible).collect();
    for (field, given, takers, names) in rows {
        if given && !possible.iter().any(|format| takers.contains(format)) {
            let writable = takers.iter().find(|format| **format != Avif || AVIF_IS_BUILT_IN);
            let word = match writable.unwrap_or(&Avif) {
                Jpeg => "jpeg",
                Png => "png",
                Webp => "webp",
                Gif => "gif",
                _ => "avif",
            };
            let what = format!("is for {names}; set `format` to `{word}`, or leave it out");
            return Some((field, what));
        }
    }
    if family.depth == 16 && family.format == Target::Auto {
        let what = "`auto` compares files of 8 bits; set `format` to `png`, or leave it out";
        return Some(("depth", what.into()));
    }
    if family.depth == 16 && family.animation == Animation::Keep {
        let what = "frames that are kept have 8 bits; leave it out, or keep the first frame alone";
        return Some(("depth", what.into()));
    }
    None
}

fn animation(member: &Rendition) -> Option<Mistake> {
    let stands = matches!(member.format, Target::Jpeg | Target::Avif | Target::Auto);
    (member.animation == Animation::Keep && stands).then(|| {
        let what =
            "`keep` needs a format that moves; set `format` to `webp`, `gif`, `png` or `source`";
        ("animation", what.into())
    })
}
