//! Restart intervals, and resynchronisation after damaged markers.

use crate::error::Error;
use crate::source::{Bits, Source};
use std::io::Read;

/// The state of entropy decoders within a scan.
pub(crate) struct Progress {
    /// MCUs between two markers; 0 for none.
    interval: u32,
    /// MCUs until the next one.
    left: u32,
    /// Its number, 0 to 7.
    next: u8,
    /// Whether to fill in missing data instead of refusing.
    lenient: bool,
    /// The data ended early: nothing more until the next restart marker.
    pub(crate) starved: bool,
    /// The data ended early at least once.
    pub(crate) truncated: bool,
}

impl Progress {
    pub(crate) fn new(interval: u32, lenient: bool) -> Self {
        Self { interval, left: interval, next: 0, lenient, starved: false, truncated: false }
    }

    /// Must be called before each MCU. True if predictions and runs are reset.
    #[inline(always)]
    pub(crate) fn before_mcu<R: Read>(
        &mut self,
        bits: &mut Bits,
        source: &mut Source<R>,
    ) -> Result<bool, Error> {
        if self.interval == 0 {
            return Ok(false);
        }
        if self.left > 0 {
            self.left -= 1;
            return Ok(false);
        }
        self.left = self.interval - 1;
        source.end_bits();
        self.find_restart(source)?;
        *bits = source.start_bits();
        self.starved = false;
        Ok(true)
    }

    /// Must be called after each MCU: whether it had all of its bits.
    #[inline(always)]
    pub(crate) fn after_mcu<R: Read>(
        &mut self,
        bits: &Bits,
        source: &Source<R>,
    ) -> Result<(), Error> {
        if source.starved(bits) {
            if !self.lenient {
                return Err(source.starvation());
            }
            (self.starved, self.truncated) = (true, true);
        }
        Ok(())
    }

    /// Must be called periodically: refuses damaged data, unless the decoder is lenient.
    pub(crate) fn check<R: Read>(&self, source: &mut Source<R>) -> Result<(), Error> {
        source.check()?;
        if source.corrupt && !self.lenient {
            return Err(Error::Malformed("entropy-coded data is damaged"));
        }
        Ok(())
    }

    /// Advances to the expected restart marker. In lenient mode, a wrong one is handled as in
    /// libjpeg (`jpeg_resync_to_restart`): one or two ahead means that the expected one is lost, so
    /// its interval stays empty; one or two behind is skipped; any other counts as the expected
    /// one.
    #[cold]
    fn find_restart<R: Read>(&mut self, source: &mut Source<R>) -> Result<(), Error> {
        let due = self.next;
        self.next = (due + 1) & 7;
        loop {
            let marker = source.next_marker()?;
            match marker {
                Some(m) if m == 0xd0 + due => return Ok(()),
                None if !self.lenient => return Err(Error::Truncated),
                Some(_) if !self.lenient => {
                    return Err(Error::Malformed("a restart marker is missing"));
                }
                None => return Ok(()),
                Some(m @ 0xd0..=0xd7) => match (m.wrapping_sub(due)) & 7 {
                    1 | 2 => {
                        source.put_back(m);
                        return Ok(());
                    }
                    6 | 7 => {}
                    _ => return Ok(()),
                },
                Some(0..0xc0) => {}
                Some(m) => {
                    source.put_back(m);
                    return Ok(());
                }
            }
        }
    }
}
