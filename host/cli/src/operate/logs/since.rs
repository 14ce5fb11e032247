//! A period: `90s`, `10m`, `2h` or `1d`.

use std::str::FromStr;
use std::time::Duration;

const DAY: u64 = 24 * 3600;

/// A period, in whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Since(u64);

impl Since {
    pub(super) fn ago(self) -> Duration {
        Duration::from_secs(self.0)
    }

    /// Whether lines of several days may be shown.
    pub(super) fn is_days(self) -> bool {
        self.0 >= DAY
    }
}

impl FromStr for Since {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parse = || {
            let unit = text.chars().last()?;
            let seconds = match unit {
                's' => 1,
                'm' => 60,
                'h' => 3600,
                'd' => DAY,
                _ => return None,
            };
            let count = text.strip_suffix(unit)?;
            let whole = !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit());
            let count: u64 = whole.then(|| count.parse().ok())??;
            count.checked_mul(seconds).map(Self)
        };
        parse().ok_or_else(|| format!("{text:?} is not a time such as 90s, 10m, 2h or 1d"))
    }
}

#[cfg(test)]
mod tests {
    use super::Since;

    #[test]
    fn times_are_read() {
        for (text, seconds) in [("90s", 90), ("10m", 600), ("2h", 7200), ("1d", 86400)] {
            assert_eq!(text.parse(), Ok(Since(seconds)), "{text}");
        }
        for text in [
            "",
            "10",
            "m",
            "-1h",
            "1w",
            "+1h",
            "1ü",
            "99999999999999999999d",
            "999999999999999999d",
        ] {
            assert!(text.parse::<Since>().is_err(), "{text}");
        }
    }
}
