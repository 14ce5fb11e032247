//! Range requests.

/// The range of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The whole body: there is no such header, or it is ignored.
    All,
    /// From the first byte to the second, inclusive.
    Of(usize, usize),
    /// Not satisfiable.
    None,
}

/// The range of a header for a body of a given length. Several ranges are ignored: a server may
/// always answer with the whole body. <https://www.rfc-editor.org/rfc/rfc9110#section-14>
pub(super) fn part(header: Option<&str>, size: usize) -> Part {
    let Some(ranges) = header.and_then(|text| text.trim().strip_prefix("bytes=")) else {
        return Part::All;
    };
    let Some((first, last)) = ranges.split_once('-').filter(|_| !ranges.contains(',')) else {
        return Part::All;
    };
    let number = |text: &str| text.trim().parse::<usize>().ok();
    match (first.trim(), last.trim()) {
        ("", "") => Part::All,
        ("", suffix) => match number(suffix) {
            Some(0) => Part::None,
            Some(_) if size == 0 => Part::None,
            Some(count) => Part::Of(size.saturating_sub(count), size - 1),
            None => Part::All,
        },
        (first, last) => match (number(first), number(last), last.is_empty()) {
            (Some(first), _, true) if first < size => Part::Of(first, size - 1),
            (Some(first), Some(last), _) if first <= last && first < size => {
                Part::Of(first, last.min(size - 1))
            }
            (Some(first), Some(last), _) if first > last => Part::All,
            (Some(_), Some(_), _) | (Some(_), _, true) => Part::None,
            _ => Part::All,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_given() {
        let cases = [
            (None, Part::All),
            (Some("bytes=0-1"), Part::Of(0, 1)),
            (Some("bytes=5-"), Part::Of(5, 9)),
            (Some("bytes=5-99"), Part::Of(5, 9)),
            (Some("bytes=-3"), Part::Of(7, 9)),
            (Some("bytes=-99"), Part::Of(0, 9)),
            (Some("bytes=10-"), Part::None),
            (Some("bytes=-0"), Part::None),
            (Some("bytes=3-1"), Part::All),
            (Some("bytes=0-1,3-4"), Part::All),
            (Some("bytes=x-y"), Part::All),
            (Some("lines=0-1"), Part::All),
            (Some("bytes=-"), Part::All),
        ];
        for (header, expected) in cases {
            assert_eq!(part(header, 10), expected, "{header:?}");
        }
        assert_eq!(part(Some("bytes=-1"), 0), Part::None);
    }
}
