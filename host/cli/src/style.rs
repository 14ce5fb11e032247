//! Colours, and sizes as people write them. Printed with `anstream`, colours
//! only reach a terminal, and `NO_COLOR` switches them off.

use std::fmt::Display;
use std::io::Write as _;

use anstyle::{AnsiColor, Style};

/// Print to standard error, ignoring errors.
pub(crate) fn complain(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// A failure.
pub(crate) fn bad(text: impl Display) -> String {
    paint(AnsiColor::Red.on_default().bold(), text)
}

/// An emphasised value.
#[cfg(feature = "operate")]
pub(crate) fn warn(text: impl Display) -> String {
    paint(AnsiColor::Yellow.on_default(), text)
}

/// A picture's name.
pub(crate) fn heading(text: impl Display) -> String {
    paint(Style::new().bold(), text)
}

/// A less important value.
pub(crate) fn faint(text: impl Display) -> String {
    paint(Style::new().dimmed(), text)
}

fn paint(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// A count with its noun.
pub(crate) fn several<N: Display + From<u8> + PartialEq>(count: N, noun: &str) -> String {
    format!("{count} {noun}{}", if count == N::from(1) { "" } else { "s" })
}

/// Bytes with a unit, in three or four digits.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let (mut amount, mut units) = (bytes as f64 / 1024.0, UNITS.iter());
    let mut unit = units.next().unwrap_or(&"");
    while amount >= 1024.0 {
        let Some(larger) = units.next() else { break };
        (amount, unit) = (amount / 1024.0, larger);
    }
    format!("{amount:.1} {unit}")
}

/// Text from outside (a key, a name, a message) on one line, without characters that could forge
/// another line or control a terminal.
pub(crate) fn plain(text: &str) -> String {
    obscura::text::shown(text)
}

/// The same for text with several lines, such as a document.
pub(crate) fn lines(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| plain(&line.replace('\t', "    "))).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::{lines, plain, several, size};

    #[test]
    fn one_of_something_is_singular() {
        assert_eq!(
            [0_u64, 1, 2].map(|count| several(count, "picture")),
            ["0 pictures", "1 picture", "2 pictures"]
        );
    }

    #[test]
    fn sizes_have_units() {
        assert_eq!(size(0), "0 B");
        assert_eq!(size(1023), "1023 B");
        assert_eq!(size(1536), "1.5 KiB");
        assert_eq!(size(5 << 20), "5.0 MiB");
        assert_eq!(size(u64::MAX), "16777216.0 TiB");
    }

    #[test]
    fn escape_sequences_do_not_reach_the_terminal() {
        assert_eq!(plain("a\u{1b}[31mb\nc\u{9b}d"), "a\\u{1b}[31mb\\nc\\u{9b}d");
        assert_eq!(lines("a\u{1b}\n\tb\n"), "a\\u{1b}\n    b");
    }
}
