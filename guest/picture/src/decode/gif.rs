//! GIF: the first frame, on its canvas.

use std::io::{self, Read};

use gif::{ColorOutput, DecodeOptions, DecodingError, Frame, MemoryLimit};
use obscura_sdk::Error;

use super::budget::Budget;
use super::demand::{Demand, Header, Picture};
use super::reduce::reduction;
use super::rows::Rows;
use crate::frame::Kind;
use crate::geometry::Size;
use crate::metadata::Blocks;
use crate::orientation::Orientation;

pub(super) fn decode(
    reader: &mut dyn Read,
    budget: Budget,
    demand: &dyn Demand,
) -> Result<Picture, Error> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    options.set_memory_limit(MemoryLimit::Unlimited); // Checked below, before it is taken.
    let mut decoder = options.read_info(reader).map_err(|error| fault(&error))?;
    let screen = Size::new(decoder.width().into(), decoder.height().into());
    let global = decoder.global_palette().map(<[u8]>::to_vec);
    let frame = decoder.next_frame_info().map_err(|error| fault(&error))?;
    let Some(frame) = frame.cloned() else {
        return Err(Error::Malformed("the GIF file has no picture in it".into()));
    };
    let stored = Size::new(frame.width.into(), frame.height.into());
    budget.pixels(stored)?;
    // The first frame is never clipped, whatever the screen's size, as in browsers.
    let size = Size::new(
        screen.width.max(u32::from(frame.left) + stored.width),
        screen.height.max(u32::from(frame.top) + stored.height),
    );
    budget.pixels(size)?;
    let header = Header { size, orientation: Orientation::UPRIGHT };
    let factor = reduction(demand.scale(header)?);
    let held = stored.pixels().saturating_add(Rows::bytes(Kind::Rgba, size, factor));
    budget.memory(size, held)?;
    // Missing pixels are transparent.
    let mut indices = vec![frame.transparent.unwrap_or(0); stored.pixels() as usize];
    let end = decoder.read_into_buffer(&mut indices).map_err(|error| fault(&error));
    let damaged = end.is_err();
    if !demand.renders_damaged() {
        end?;
    }

    let palette = Palette::of(&frame, global.as_deref().unwrap_or(&[]));
    let mut rows = Rows::new(Kind::Rgba, size, factor, false);
    let mut row = vec![0; size.width as usize * 4];
    for y in 0..size.height {
        row.fill(0);
        let line = y.checked_sub(frame.top.into()).filter(|line| *line < stored.height);
        if let Some(line) = line {
            let start = line as usize * stored.width as usize;
            let line = indices.get(start..start + stored.width as usize).unwrap_or(&[]);
            let pixels = row.as_chunks_mut::<4>().0.iter_mut().skip(frame.left.into());
            for (pixel, &index) in pixels.zip(line) {
                *pixel = palette.colour(index);
            }
        }
        rows.push(&row);
    }
    Ok(Picture {
        header,
        frame: rows.finish(),
        profile: None,
        metadata: Blocks::default(),
        deep: None,
        damaged,
    })
}

/// The colours of a frame.
struct Palette([[u8; 4]; 256]);

impl Palette {
    fn of(frame: &Frame<'_>, global: &[u8]) -> Self {
        let colours = frame.palette.as_deref().unwrap_or(global).as_chunks::<3>().0;
        let mut table = [[0, 0, 0, 255]; 256];
        for (entry, &[r, g, b]) in table.iter_mut().zip(colours) {
            *entry = [r, g, b, 255];
        }
        if let Some(entry) = frame.transparent.and_then(|index| table.get_mut(usize::from(index))) {
            *entry = [0; 4];
        }
        Self(table)
    }

    fn colour(&self, index: u8) -> [u8; 4] {
        self.0.get(usize::from(index)).copied().unwrap_or_default()
    }
}

fn fault(error: &DecodingError) -> Error {
    match error {
        DecodingError::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Error::Malformed("the GIF file is cut short; upload it again".into())
        }
        other => Error::Malformed(format!("the GIF file is damaged: {other}")),
    }
}
