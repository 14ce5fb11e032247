//! Fax compression in TIFF (ITU-T T.4 and T.6).

use fax::BitReader;
use fax::maps::{Mode, black, mode, white};

use super::layout::Compression;

/// A bit reader, the highest bit of each byte first. Zeros follow the end.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl BitReader for Bits<'_> {
    type Error = ();

    fn peek(&self, bits: u8) -> Option<u16> {
        let byte = |n: usize| u32::from(self.bytes.get(self.at / 8 + n).copied().unwrap_or(0));
        let three = byte(0) << 16 | byte(1) << 8 | byte(2);
        let top = three << 8 << (self.at % 8);
        (1..=16).contains(&bits).then_some((top >> (32 - u32::from(bits))) as u16)
    }

    fn consume(&mut self, bits: u8) -> Result<(), ()> {
        self.at += usize::from(bits);
        if self.is_over() { Err(()) } else { Ok(()) }
    }

    fn bits_to_byte_boundary(&self) -> u8 {
        ((8 - self.at % 8) % 8) as u8
    }
}

impl Bits<'_> {
    fn is_over(&self) -> bool {
        self.at > self.bytes.len() * 8
    }

    /// Skips an end-of-line code and the zeros before it, if there is one.
    fn take_mark(&mut self) -> bool {
        let mut at = self.at;
        while at < self.bytes.len() * 8 && !self.bit(at) {
            at += 1;
        }
        // Eleven zeros and a one.
        let found = at - self.at >= 11 && at < self.bytes.len() * 8;
        if found {
            self.at = at + 1;
        }
        found
    }

    /// Whether the end-of-page codes are next: missing rows are white.
    fn is_at_end(&mut self, compression: Compression) -> bool {
        match compression {
            Compression::Fax4 => self.peek(12) == Some(1) && !self.is_over(),
            Compression::Fax3 { .. } => self.take_mark() && self.peek(12) == Some(1),
            _ => false,
        }
    }

    fn bit(&self, at: usize) -> bool {
        self.bytes.get(at / 8).is_some_and(|byte| byte >> (7 - at % 8) & 1 == 1)
    }

    /// The length of a run.
    fn run(&mut self, is_black: bool) -> Option<usize> {
        let mut sum = 0;
        loop {
            let part = if is_black { black::decode(self) } else { white::decode(self) }?;
            sum += usize::from(part);
            if part < 64 {
                return Some(sum);
            }
        }
    }

    /// A one-dimensional line, as the columns where the colour changes.
    fn one_dimension(&mut self, width: usize, line: &mut Vec<usize>) -> Option<()> {
        let (mut at, mut is_black) = (0, false);
        while at < width {
            at += self.run(is_black)?;
            line.push(at.min(width));
            is_black = !is_black;
        }
        Some(())
    }

    /// A two-dimensional line. None at the end of the picture.
    fn two_dimensions(
        &mut self,
        width: usize,
        above: &[usize],
        line: &mut Vec<usize>,
    ) -> Option<()> {
        let (mut at, mut is_black, mut first) = (0, false, true);
        while at < width {
            // The first change to the opposite colour above, to the right of here.
            let start = above.partition_point(|&column| column < at || (column == at && !first));
            let mut changes = above.iter().copied().enumerate().skip(start);
            let b1 = changes.find(|(index, _)| (index % 2 == 1) == is_black);
            let (index, b1) = b1.unwrap_or((above.len(), width));
            match mode::decode(self)? {
                Mode::Pass => at = above.get(index + 1).copied().unwrap_or(width),
                Mode::Vertical(delta) => {
                    let a1 = b1.checked_add_signed(delta.into())?.min(width);
                    if a1 < at {
                        return None;
                    }
                    line.push(a1);
                    (at, is_black) = (a1, !is_black);
                }
                Mode::Horizontal => {
                    let a1 = (at + self.run(is_black)?).min(width);
                    let a2 = (a1 + self.run(!is_black)?).min(width);
                    line.extend([a1, a2]);
                    at = a2;
                }
                Mode::Extension | Mode::EOF => return None,
            }
            first = false;
        }
        Some(())
    }
}

/// Rows of bits, one for black; damaged rows and all after them are white. Also returns the number
/// of valid rows.
pub(super) fn decode(
    bytes: &[u8],
    compression: Compression,
    width: usize,
    rows: usize,
) -> (Vec<u8>, usize) {
    let stride = width.div_ceil(8);
    let mut out = vec![0; stride * rows];
    let mut bits = Bits { bytes, at: 0 };
    let (mut above, mut line) = (Vec::new(), Vec::new());
    let mut made = 0;
    for row in out.chunks_exact_mut(stride.max(1)) {
        line.clear();
        if bits.is_at_end(compression) {
            made = rows;
            break;
        }
        let whole = match compression {
            Compression::Runs => {
                bits.at = bits.at.next_multiple_of(8);
                bits.one_dimension(width, &mut line)
            }
            Compression::Fax3 { two } => {
                // After the code, a bit says whether the line is one-dimensional.
                let alone = !two || {
                    bits.at += 1;
                    bits.bit(bits.at - 1)
                };
                if alone {
                    bits.one_dimension(width, &mut line)
                } else {
                    bits.two_dimensions(width, &above, &mut line)
                }
            }
            _ => bits.two_dimensions(width, &above, &mut line),
        };
        if whole.is_none() {
            break;
        }
        paint(&line, row);
        made += 1;
        // Changes at the end do not count.
        std::mem::swap(&mut above, &mut line);
        while above.last() == Some(&width) {
            above.pop();
        }
    }
    (out, made)
}

/// Sets the bits of every second run.
fn paint(line: &[usize], row: &mut [u8]) {
    let width = row.len() * 8;
    for pair in line.chunks(2) {
        let &[start, ref end @ ..] = pair else { continue };
        let end = end.first().copied().unwrap_or(width);
        let mut x = start;
        while x < end {
            let Some(byte) = row.get_mut(x / 8) else { break };
            if x.is_multiple_of(8) && x + 8 <= end {
                *byte = 255;
                x += 8;
            } else {
                *byte |= 0x80 >> (x % 8);
                x += 1;
            }
        }
    }
}
