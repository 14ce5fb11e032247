//! Quantisation and Huffman tables, the restart interval, and the scan header, which may all change
//! between scans.

use crate::error::Error;
use crate::header::Component;
use crate::huffman::Spec;
use crate::standard::STANDARD;
use crate::zigzag::TRANSPOSED;

/// The current tables.
#[derive(Default)]
pub(crate) struct Tables {
    /// In the decoder's transposed order.
    pub(crate) quant: [Option<[i16; 64]>; 4],
    pub(crate) dc: [Option<Spec>; 4],
    pub(crate) ac: [Option<Spec>; 4],
    /// In MCUs; 0 for none.
    pub(crate) restart_interval: u32,
}

impl Tables {
    /// DQT (T.81, B.2.4.1).
    pub(crate) fn read_quant(&mut self, mut data: &[u8]) -> Result<(), Error> {
        const BAD: Error = Error::Malformed("a quantisation table is broken");
        while let Some((&head, rest)) = data.split_first() {
            let slot = self.quant.get_mut(usize::from(head & 15)).ok_or(BAD)?;
            let wide = match head >> 4 {
                0 => false,
                1 => true,
                _ => return Err(BAD),
            };
            let (values, rest) = rest.split_at_checked(if wide { 128 } else { 64 }).ok_or(BAD)?;
            let mut table = [0i16; 64];
            for (k, &at) in TRANSPOSED.iter().enumerate().take(64) {
                let q = match (wide, values) {
                    (false, v) => v.get(k).copied().map(u16::from),
                    (true, v) => v.as_chunks().0.get(k).copied().map(u16::from_be_bytes),
                };
                // (Values above 32,767 would overflow, but are invalid: 8-bit samples need 8 bits.)
                table[usize::from(at) & 63] = q.unwrap_or(1) as i16;
            }
            *slot = Some(table);
            data = rest;
        }
        Ok(())
    }

    /// DHT (T.81, B.2.4.2).
    pub(crate) fn read_huffman(&mut self, mut data: &[u8]) -> Result<(), Error> {
        while let Some((&head, rest)) = data.split_first() {
            let class = match head >> 4 {
                0 => &mut self.dc,
                1 => &mut self.ac,
                _ => return Err(Error::Malformed("a Huffman table is of no known class")),
            };
            let slot = class.get_mut(usize::from(head & 15));
            let slot = slot.ok_or(Error::Malformed("a Huffman table's number is above 3"))?;
            let (spec, rest) = Spec::parse(rest)?;
            *slot = Some(spec);
            data = rest;
        }
        Ok(())
    }

    /// Uses the standard Huffman tables (T.81, K.3) if the file has none: motion JPEG frames omit
    /// them.
    pub(crate) fn add_standard(&mut self) {
        let slots = self.dc.iter_mut().take(2).chain(self.ac.iter_mut().take(2));
        for (slot, (counts, symbols)) in slots.zip(STANDARD) {
            slot.get_or_insert_with(|| Spec::new(counts, symbols));
        }
    }

    /// DRI (T.81, B.2.4.4).
    pub(crate) fn read_restart(&mut self, data: &[u8]) -> Result<(), Error> {
        let &[high, low, ..] = data else {
            return Err(Error::Malformed("the restart interval is cut off"));
        };
        self.restart_interval = u16::from_be_bytes([high, low]).into();
        Ok(())
    }
}

/// A component in a scan.
#[derive(Clone, Copy)]
pub(crate) struct ScanComponent {
    /// Its index in the frame header.
    pub(crate) index: usize,
    pub(crate) dc: usize,
    pub(crate) ac: usize,
}

/// SOS (T.81, B.2.3).
#[derive(Clone)]
pub(crate) struct Scan {
    pub(crate) components: Vec<ScanComponent>,
    /// Spectral selection: the first and last coefficient.
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Successive approximation: the previous bit position (0 in a first scan), and the current
    /// one.
    pub(crate) high: u32,
    pub(crate) low: u32,
}

impl Scan {
    pub(crate) fn parse(
        data: &[u8],
        components: &[Component],
        progressive: bool,
    ) -> Result<Self, Error> {
        const BAD: Error = Error::Malformed("a scan header is broken");
        let (&count, rest) = data.split_first().ok_or(BAD)?;
        let (pairs, params) = rest.split_at_checked(usize::from(count) * 2).ok_or(BAD)?;
        let mut scan = Self { components: Vec::new(), start: 0, end: 63, high: 0, low: 0 };
        for &[id, tables] in pairs.as_chunks().0 {
            // If identifiers are not unique, each refers to the next component with that id, as in
            // libjpeg-turbo.
            let taken = |index| scan.components.iter().any(|c: &ScanComponent| c.index == index);
            let mut named = components.iter().enumerate().filter(|(_, c)| c.id == id);
            let (index, _) = named.find(|(index, _)| !taken(*index)).ok_or(BAD)?;
            let (dc, ac) = (usize::from(tables >> 4), usize::from(tables & 15));
            scan.components.push(ScanComponent { index, dc, ac });
        }
        if scan.components.is_empty() {
            return Err(BAD);
        }
        if progressive {
            let &[start, end, approx, ..] = params else { return Err(BAD) };
            (scan.start, scan.end) = (start.into(), end.into());
            (scan.high, scan.low) = (u32::from(approx >> 4), u32::from(approx & 15));
            let band = if scan.start == 0 {
                scan.end == 0
            } else {
                scan.start <= scan.end && scan.end < 64 && scan.components.len() == 1
            };
            let approximation = scan.low <= 13 && (scan.high == 0 || scan.high == scan.low + 1);
            if !band || !approximation {
                return Err(Error::Malformed("a progressive scan's parameters do not fit"));
            }
        }
        Ok(scan)
    }
}
