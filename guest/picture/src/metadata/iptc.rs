//! Metadata of press photographs (IPTC Information Interchange Model 4.2).

use super::credit::Credit;
use super::text::{join, text};

/// The application record and its datasets.
const APPLICATION: u8 = 2;
const BY_LINE: u8 = 80;
const CREDIT: u8 = 110;
const COPYRIGHT: u8 = 116;

/// The Photoshop resource with IPTC's datasets.
const RESOURCE: [u8; 2] = [0x04, 0x04];

/// The datasets among Photoshop's image resources: a signature, a number, a name
/// and a body each, the last two padded to even lengths.
pub(super) fn in_resources(mut rest: &[u8]) -> Option<&[u8]> {
    loop {
        let (number, after) = rest.strip_prefix(b"8BIM")?.split_first_chunk::<2>()?;
        let name = (1 + usize::from(*after.first()?)).next_multiple_of(2);
        let (length, after) = after.get(name..)?.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        if *number == RESOURCE {
            return after.get(..length);
        }
        rest = after.get(length.checked_next_multiple_of(2)?..)?;
    }
}

/// Author and copyright.
pub(super) fn credit(datasets: &[u8]) -> Option<Credit> {
    let all = |number| {
        Datasets(datasets).filter(move |(found, _)| *found == number).map(|(_, body)| text(body))
    };
    Credit {
        creator: join(all(BY_LINE)),
        copyright: all(COPYRIGHT).next().unwrap_or_default(),
        line: all(CREDIT).next().unwrap_or_default(),
        statement: String::new(),
    }
    .known()
}

/// The datasets of the application record: number and body.
struct Datasets<'a>(&'a [u8]);

impl<'a> Iterator for Datasets<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (&[0x1c, record, number, high, low], after) = self.0.split_first_chunk()? else {
                return None;
            };
            // Lengths from 32,768 on have another encoding. No text here is that long.
            let (body, rest) = after.split_at_checked(u16::from_be_bytes([high, low]).into())?;
            self.0 = rest;
            if record == APPLICATION {
                return Some((number, body));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dataset(record: u8, number: u8, body: &[u8]) -> Vec<u8> {
        [&[0x1c, record, number, 0, body.len() as u8], body].concat()
    }

    #[test]
    fn authors_are_found_among_the_resources() {
        let datasets = [
            dataset(1, 90, b"\x1b%G"),
            dataset(2, 80, b"Ann"),
            dataset(2, 80, "Zoë".as_bytes()),
            dataset(2, 90, b"Paris"),
            dataset(2, 110, b"Agency"),
            dataset(2, 116, b"(c) Agency"),
        ]
        .concat();
        let head = b"8BIM\x03\xed\x03abc\0\0\0\x01x\0";
        let size = (datasets.len() as u32).to_be_bytes();
        let whole = [&head[..], b"8BIM\x04\x04\0\0", &size, &datasets].concat();
        assert_eq!(in_resources(&whole), Some(&datasets[..]));
        let found = credit(&datasets).unwrap();
        assert_eq!(found.creator, "Ann; Zoë");
        assert_eq!((found.line.as_str(), found.copyright.as_str()), ("Agency", "(c) Agency"));
        for end in 0..whole.len() {
            let _ = in_resources(&whole[..end]);
        }
        for end in 0..datasets.len() {
            let _ = credit(&datasets[..end]);
        }
        assert_eq!(credit(&dataset(2, 90, b"Paris")), None);
    }
}
