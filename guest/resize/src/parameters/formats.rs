//! The possible formats of a rendition.

use obscura_picture::format::{AVIF_IS_BUILT_IN, Format};

use super::choices::{Animation, Target};
use super::rendition::Rendition;

/// The default formats of `auto`.
const CHOICES: [Target; 3] = [Target::Jpeg, Target::Webp, Target::Png];

impl Target {
    /// The format, of those that say which one.
    pub(super) fn format(self) -> Option<Format> {
        match self {
            Self::Jpeg => Some(Format::Jpeg),
            Self::Png => Some(Format::Png),
            Self::Webp => Some(Format::Webp),
            Self::Gif => Some(Format::Gif),
            Self::Avif => Some(Format::Avif),
            Self::Source | Self::Auto => None,
        }
    }
}

impl Rendition {
    /// The formats that it can come to.
    pub(crate) fn possible(&self) -> Vec<Format> {
        let mut all = match self.format {
            Target::Source => {
                let mut all = vec![Format::Jpeg, Format::Png, Format::Webp];
                all.extend((self.animation == Animation::Keep).then_some(Format::Gif));
                all.extend(AVIF_IS_BUILT_IN.then_some(Format::Avif));
                all
            }
            Target::Auto => self.choices(),
            fixed => fixed.format().into_iter().collect(),
        };
        for format in self.fallbacks() {
            if !all.contains(&format) {
                all.push(format);
            }
        }
        all
    }

    /// What `auto` chooses from.
    pub(crate) fn choices(&self) -> Vec<Format> {
        let among = if self.among.is_empty() { CHOICES.as_slice() } else { &self.among };
        among.iter().filter_map(|target| target.format()).collect()
    }

    fn fallbacks(&self) -> impl Iterator<Item = Format> {
        self.fallback.iter().filter_map(|target| target.format())
    }

    /// The formats for a picture that came as `source`, each instead of those before it where they
    /// cannot hold it. `moves` tells whether all of its frames are kept.
    fn preferred(&self, source: Format, moves: bool, alpha: bool) -> Vec<Format> {
        let first = match self.format {
            Target::Source => match source {
                Format::Gif if moves => Format::Gif,
                Format::Jpeg | Format::Png | Format::Webp | Format::Avif => source,
                // Most browsers do not support it.
                Format::Heic if !alpha => Format::Jpeg,
                Format::Heic | Format::Gif | Format::Tiff | Format::Bmp => Format::Png,
            },
            Target::Auto => return self.choices(),
            Target::Jpeg => Format::Jpeg,
            Target::Png => Format::Png,
            Target::Webp => Format::Webp,
            Target::Gif => Format::Gif,
            Target::Avif => Format::Avif,
        };
        let mut all = vec![first];
        all.extend(self.fallbacks());
        // If any format is possible, one without limits is, too.
        all.extend((self.format == Target::Source).then_some(Format::Png));
        if moves {
            all.retain(|format| format.may_move());
        }
        all
    }

    /// The formats for a picture that came as `source`: the first that fits, or the first of all if
    /// none does. For `auto`, all that fit.
    pub(crate) fn formats_for(
        &self,
        source: Format,
        moves: bool,
        alpha: bool,
        fits: impl Fn(Format) -> bool,
    ) -> Vec<Format> {
        let mut all = self.preferred(source, moves, alpha);
        let holds = |format: &&Format| fits(**format);
        if self.format == Target::Auto && all.iter().any(|&format| fits(format)) {
            all.retain(|&format| fits(format));
            return all;
        }
        let first = all.first().filter(holds);
        // Formats other than the requested one should not make transparency white.
        let clear = all.iter().find(|format| holds(format) && !(alpha && **format == Format::Jpeg));
        let found = first.or(clear).or_else(|| all.iter().find(holds)).or(all.first());
        vec![found.copied().unwrap_or(Format::Png)]
    }
}
