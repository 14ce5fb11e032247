//! The colour information of a file, and the conversion to sRGB, which browsers assume for pictures
//! without a profile.
//!
//! Decoders list their findings, the most trusted first; this module decides how to use them.

mod cmyk;
mod conversion;
mod grey;
mod parse;
mod points;
mod tone;

use moxcms::DataColorSpace;

pub use cmyk::Cmyk;
pub use conversion::Conversion;
pub use points::{Points, of_gamma};
pub use tone::Tone;

use crate::precise::Deep;
use parse::parse;

/// The colour information of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Declared {
    /// An ICC profile.
    Icc(Vec<u8>),
    /// sRGB.
    Srgb,
}

/// The profile of a picture, and its conversion.
#[derive(Debug)]
pub struct Embedded {
    /// As stored in the file.
    icc: Vec<u8>,
    /// Whether it is for grey pictures.
    gray: bool,
    /// The conversion to sRGB, if needed.
    pub conversion: Option<Conversion>,
    /// How it was used, for the manifest.
    pub outcome: Outcome,
}

/// How a profile was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is sRGB, or close enough: no conversion.
    Srgb,
    /// Colours are converted to sRGB.
    Converted,
    /// It is broken or for another colour model: not used.
    Unreadable,
}

impl Embedded {
    /// The first usable colour information. `grey` means that the samples are grey levels, however
    /// they are stored. None if the file only specifies sRGB.
    pub fn of(declared: impl IntoIterator<Item = Declared>, grey: bool) -> Option<Self> {
        let mut unreadable = None;
        for one in declared {
            match one {
                Declared::Srgb => break,
                Declared::Icc(icc) => match Self::read(icc, grey) {
                    Ok(embedded) => return Some(embedded),
                    Err(why) => {
                        eprintln!("the colour profile is not used: {why}");
                        unreadable = Some(Self::unreadable());
                    }
                },
            }
        }
        unreadable
    }

    fn read(icc: Vec<u8>, grey: bool) -> Result<Self, &'static str> {
        let profile = parse(&icc)?;
        let gray = profile.color_space == DataColorSpace::Gray;
        match profile.color_space {
            DataColorSpace::Rgb => {}
            DataColorSpace::Gray if grey => {}
            _ => return Err("it is of other colours than the picture"),
        }
        let conversion = Conversion::of(&profile, grey)?;
        let outcome = if conversion.is_some() { Outcome::Converted } else { Outcome::Srgb };
        Ok(Self { icc, gray, conversion, outcome })
    }

    /// One that has been applied already.
    pub fn converted() -> Self {
        Self { outcome: Outcome::Converted, ..Self::unreadable() }
    }

    /// An unusable one.
    pub fn unreadable() -> Self {
        Self { icc: Vec::new(), gray: false, conversion: None, outcome: Outcome::Unreadable }
    }

    /// The profile to write into a rendition that keeps its colours, in colour or grey. None if
    /// that is not possible: then it is converted.
    pub fn to_keep(&self, gray: bool) -> Option<&[u8]> {
        (self.gray == gray && !self.icc.is_empty()).then_some(&self.icc)
    }

    /// Whether colours have to be converted.
    pub fn converts(&self) -> bool {
        self.conversion.is_some()
    }

    /// A 16-bit picture in sRGB. None if it is already.
    pub fn convert_deep(&self, deep: &Deep) -> Option<Deep> {
        let conversion = self.conversion.as_ref()?;
        conversion.convert_deep(&parse(&self.icc).ok()?, deep)
    }
}

impl Outcome {
    /// Its word in the manifest.
    pub fn word(self) -> &'static str {
        match self {
            Self::Srgb => "srgb",
            Self::Converted => "converted",
            Self::Unreadable => "unreadable",
        }
    }
}

#[cfg(test)]
mod tests {
    use moxcms::ColorProfile;

    use super::*;

    fn of(icc: &[u8], grey: bool) -> Embedded {
        Embedded::of([Declared::Icc(icc.to_vec())], grey).unwrap()
    }

    #[test]
    fn srgb_is_left_alone_and_nonsense_ignored() {
        let srgb = ColorProfile::new_srgb().encode().unwrap();
        let outcome = |icc: &[u8], grey| {
            let embedded = of(icc, grey);
            assert!(embedded.conversion.is_none());
            embedded.outcome
        };
        assert_eq!(outcome(&srgb, false), Outcome::Srgb);
        assert_eq!(outcome(&srgb, true), Outcome::Srgb);
        assert_eq!(outcome(b"no profile", false), Outcome::Unreadable);
        assert_eq!(outcome(&srgb[..100], false), Outcome::Unreadable);
        let grey = ColorProfile::new_gray_with_gamma(1.8).encode().unwrap();
        assert_eq!(outcome(&grey, false), Outcome::Unreadable);
        assert_eq!(of(&grey, true).outcome, Outcome::Converted);
    }

    #[test]
    fn what_cannot_be_converted_is_not_taken_for_srgb() {
        // An RGB profile without colorants: no conversion is possible.
        let mut empty = ColorProfile::new_display_p3();
        (empty.red_trc, empty.green_trc, empty.blue_trc, empty.cicp) = (None, None, None, None);
        for grey in [false, true] {
            assert_eq!(of(&empty.encode().unwrap(), grey).outcome, Outcome::Unreadable);
        }
        let mut grey = ColorProfile::new_gray_with_gamma(1.8);
        grey.gray_trc = None;
        assert_eq!(of(&grey.encode().unwrap(), true).outcome, Outcome::Unreadable);
    }

    #[test]
    fn the_first_that_is_of_use_counts() {
        let p3 = Declared::Icc(ColorProfile::new_display_p3().encode().unwrap());
        let broken = Declared::Icc(b"broken".to_vec());
        let outcome =
            |list: &[&Declared]| Some(Embedded::of(list.iter().copied().cloned(), false)?.outcome);
        assert_eq!(outcome(&[&p3, &Declared::Srgb]), Some(Outcome::Converted));
        assert_eq!(outcome(&[&Declared::Srgb, &p3]), None);
        assert_eq!(outcome(&[&broken, &p3]), Some(Outcome::Converted));
        assert_eq!(outcome(&[&broken, &Declared::Srgb, &p3]), Some(Outcome::Unreadable));
        assert_eq!(outcome(&[]), None);
    }
}
