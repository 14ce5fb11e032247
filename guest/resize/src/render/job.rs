//! A rendition to make, with the settings that depend on the picture.

use obscura_picture::colour::pad;
use obscura_picture::decode::Header;
use obscura_picture::format::Format;
use obscura_picture::frame::{Frame, Kind};
use obscura_picture::geometry::{Region, Size};
use obscura_picture::orientation::Orientation;
use obscura_picture::precise;
use obscura_picture::profile::Embedded;
use obscura_picture::resample::Chroma;
use obscura_sdk::{Error, Limits};

use crate::crop::View;
use crate::effects;
use crate::encode::{chroma_of, fits, needed};
use crate::geometry::Placement;
use crate::parameters::{Filter, Fit, Goal, Profile, Quality, Rendition, Target};

/// One rendition.
pub(super) struct Job<'a> {
    pub(super) rendition: &'a Rendition,
    /// What it can come to: one format, or those that `auto` chooses from.
    pub(super) formats: Vec<Format>,
    /// From the stored picture to the rendition's.
    pub(super) orientation: Orientation,
    pub(super) placement: Placement,
}

impl<'a> Job<'a> {
    /// For a picture with this header; without a format.
    pub(super) fn new(rendition: &'a Rendition, header: Header) -> Self {
        let Rendition { rotate, flip, flop, .. } = *rendition;
        let orientation = header.orientation.then(Orientation::turned(rotate, flip, flop));
        let upright = header.size.transposed(orientation.transposes());
        let placement = Placement::of(upright, rendition);
        Self { rendition, formats: Vec::new(), orientation, placement }
    }

    /// Choose formats that fit into memory, for a picture that came as `source`.
    pub(super) fn choose(&mut self, source: Format, frames: u32, kind: Kind, limits: Limits) {
        let size = self.placement.output();
        let (rendition, kind) = (self.rendition, self.kind(kind));
        let fits = |format| fits(format, size, kind, rendition, limits.max_memory);
        self.formats = rendition.formats_for(source, frames > 1, kind.has_alpha(), fits);
    }

    /// The first of its formats; PNG, which can have any size, if there is none.
    pub(super) fn format(&self) -> Format {
        self.formats.first().copied().unwrap_or(Format::Png)
    }

    /// The kind of frame that it is encoded from, for a picture of this kind.
    fn kind(&self, decoded: Kind) -> Kind {
        let mixed = self.placement.canvas.is_some() || effects::wanted(self.rendition);
        if mixed && decoded == Kind::Ycc { Kind::Rgb } else { decoded }
    }

    /// The size that the whole stored picture is scaled to.
    pub(super) fn scaled(&self) -> Size {
        self.placement.scaled.transposed(self.orientation.transposes())
    }

    /// The size of the part that is kept, before it is turned.
    pub(super) fn size(&self) -> Size {
        self.placement.size.transposed(self.orientation.transposes())
    }

    /// The part of the stored picture that is kept.
    pub(super) fn region(&self) -> Region {
        self.orientation.stored_region(self.placement.region)
    }

    /// The chroma subsampling that its pixels need.
    pub(super) fn chroma(&self, converted: bool) -> Chroma {
        let pixels = self.placement.canvas.is_some()
            || converted
            || effects::wanted(self.rendition)
            || self.orientation.splits_pairs(self.size());
        if pixels { Chroma::Full } else { chroma_of(self.format(), self.rendition) }
    }

    /// Whether it needs the precise path.
    pub(super) fn is_precise(&self) -> bool {
        is_precise(self.rendition) || self.is_deep()
    }

    /// Whether it is made from 16-bit samples, if the picture has them.
    pub(super) fn is_deep(&self) -> bool {
        self.rendition.depth == 16 && self.format() == Format::Png
    }

    /// The profile that it keeps.
    pub(super) fn kept<'b>(&self, profile: Option<&'b Embedded>, gray: bool) -> Option<&'b [u8]> {
        let knows = |format: &Format| match format {
            Format::Jpeg | Format::Png | Format::Tiff | Format::Bmp => true,
            // Its pixels always have colour.
            Format::Webp => !gray,
            Format::Gif | Format::Avif | Format::Heic => false,
        };
        let takes = self.rendition.profile == Profile::Keep
            && match self.rendition.format {
                Target::Auto => self.rendition.choices().iter().all(knows),
                _ => knows(&self.format()),
            };
        // A canvas, or removing colour, changes the kind of the picture.
        let same =
            !(gray && self.placement.canvas.is_some()) && (gray || !self.rendition.greyscale);
        profile.filter(|_| takes && same).and_then(|profile| profile.to_keep(gray))
    }

    /// Position the crop by the picture's content, if asked for.
    pub(super) fn look(&mut self, view: &mut View<'_>) {
        let Rendition { position, fit, focus, .. } = *self.rendition;
        let region = self.placement.region;
        if fit != Fit::Cover || focus.is_some() || !position.is_found() || region == Region::WHOLE {
            return;
        }
        let Region { left, top, .. } = view.find(self.orientation, self.scaled(), region, position);
        // At whole pixels of the rendition, as everywhere.
        let scaled = self.placement.scaled;
        let whole = |part: f64, side: u32| (part * f64::from(side)).round() / f64::from(side);
        self.placement.region.left = whole(left, scaled.width);
        self.placement.region.top = whole(top, scaled.height);
    }

    /// From the scaled part to the rendition: effects, orientation, canvas.
    pub(super) fn finish(&self, small: Frame) -> Frame {
        let small = effects::apply(small, self.rendition);
        let small = self.orientation.upright(small);
        match self.placement.canvas {
            Some(canvas) => pad(small, canvas, self.rendition.background.rgba()),
            None => small,
        }
    }

    /// Refuse a rendition that cannot be written or does not fit into memory.
    pub(super) fn check(
        &self,
        header: Header,
        frames: u32,
        kind: Kind,
        limits: Limits,
    ) -> Result<(), Error> {
        let size = self.placement.output();
        let format = self.format();
        let Limits { max_pixels, max_memory, .. } = limits;
        let source =
            if self.is_precise() { header.size.pixels() * precise::BYTES_A_PIXEL } else { 0 };
        let fine = size.pixels().saturating_mul(if self.is_precise() { 24 } else { 0 });
        let bytes = needed(format, size, self.kind(kind), self.rendition).max(fine);
        // The common quality of all frames is searched for once all of them are available.
        let waits = frames > 1 && matches!(self.rendition.quality, Quality::Target(Goal::Bytes(_)));
        let waiting = if waits { size.pixels().saturating_mul(4) } else { 0 };
        let bytes = bytes.saturating_add(waiting.saturating_mul(frames.into()));
        let (reason, remedy) = if !format.holds(size) {
            let (name, most) = (format.media_type(), format.max_side());
            let reason = format!("{name} has at most {most} pixels a side");
            (reason, "name another `format`, or a `fallback`")
        } else if size.pixels() > max_pixels {
            let reason = format!("at most {max_pixels} pixels are allowed");
            (reason, "give both width and height, or a `fit` that keeps it smaller")
        } else if bytes.saturating_add(source) > max_memory {
            let needed = bytes.saturating_add(source).div_ceil(1 << 20);
            let left = max_memory >> 20;
            let name = format.media_type();
            let reason = format!("{name} needs {needed} MiB of memory for it, and {left} are left");
            (reason, "make it smaller, name another `format` or a `fallback`, or allow more memory")
        } else {
            return Ok(());
        };
        let each = if frames > 1 { format!(" in each of {frames} frames") } else { String::new() };
        Err(Error::LimitExceeded(format!(
            "the rendition `{}` of this picture would have {}×{} pixels{each}, but {reason}; \
             {remedy}",
            self.rendition.name, size.width, size.height
        )))
    }
}

/// Whether a rendition needs the precise path, in any format.
pub(super) fn is_precise(rendition: &Rendition) -> bool {
    rendition.linear || rendition.filter != Filter::Lanczos3
}
