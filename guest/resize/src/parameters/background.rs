//! The syntax of colours in the parameters.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A colour with its opacity, as in CSS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Background {
    /// Red, green, blue.
    pub rgb: [u8; 3],
    /// 0 is transparent, 255 opaque.
    pub alpha: u8,
}

impl Default for Background {
    fn default() -> Self {
        Self { rgb: [255; 3], alpha: 255 }
    }
}

impl Background {
    /// Red, green, blue and opacity.
    pub(crate) fn rgba(self) -> [u8; 4] {
        let [r, g, b] = self.rgb;
        [r, g, b, self.alpha]
    }
}

impl TryFrom<String> for Background {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{text}` is not a colour; write `#rrggbb`, `#rgb`, `#rrggbbaa` or `transparent`"
            )
        };
        if text == "transparent" {
            return Ok(Self { rgb: [0; 3], alpha: 0 });
        }
        let digits = text.strip_prefix('#').ok_or_else(wrong)?;
        let nibbles: Vec<u8> = digits
            .chars()
            .map(|digit| digit.to_digit(16).and_then(|value| u8::try_from(value).ok()))
            .collect::<Option<_>>()
            .ok_or_else(wrong)?;
        match *nibbles.as_slice() {
            [r, g, b] => Ok(Self { rgb: [r * 17, g * 17, b * 17], alpha: 255 }),
            [r, s, g, h, b, c] => {
                Ok(Self { rgb: [r * 16 + s, g * 16 + h, b * 16 + c], alpha: 255 })
            }
            [r, s, g, h, b, c, a, d] => {
                Ok(Self { rgb: [r * 16 + s, g * 16 + h, b * 16 + c], alpha: a * 16 + d })
            }
            _ => Err(wrong()),
        }
    }
}

impl From<Background> for String {
    fn from(colour: Background) -> Self {
        colour.to_string()
    }
}

impl fmt::Display for Background {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [r, g, b] = self.rgb;
        match self.alpha {
            255 => write!(f, "#{r:02x}{g:02x}{b:02x}"),
            alpha => write!(f, "#{r:02x}{g:02x}{b:02x}{alpha:02x}"),
        }
    }
}
