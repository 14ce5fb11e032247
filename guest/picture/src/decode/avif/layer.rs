//! A picture of one or more tiles, read by rows.

use obscura_sdk::Error;

use super::bytes::Bytes;
use super::coded::Coded;
use super::colour::Code;
use super::container::Container;
use super::fault::{damaged, rare};
use super::sequence::Sequence;
use super::stream::Stream;
use super::traits::Traits;
use crate::decode::budget::Budget;
use crate::geometry::Size;

/// The colours or the alpha of a picture: a grid of tiles of the same size, often one.
pub(super) struct Layer<'a> {
    pub(super) size: Size,
    /// The properties of all tiles.
    pub(super) sequence: Sequence,
    pub(super) columns: usize,
    pub(super) rows: usize,
    /// Row by row.
    streams: Vec<Stream<'a>>,
    operating_point: u8,
}

/// A row of tiles, decoded.
pub(super) struct Strip {
    tiles: Vec<Coded>,
    /// Its rows of the picture.
    pub(super) from: u32,
    pub(super) to: u32,
}

/// A grid, parsed from its item.
struct Grid {
    columns: usize,
    rows: usize,
    size: Size,
}

/// The maximum number of tiles: each has a fixed cost, however small it is. Grids of phones have
/// some dozens.
const MOST_TILES: usize = 1024;

impl<'a> Layer<'a> {
    /// Of an item.
    pub(super) fn of(
        container: &Container<'a>,
        item: u32,
        traits: &Traits<'a>,
    ) -> Result<Self, Error> {
        match container.kind(item) {
            Some(b"av01" | b"hvc1") => Self::new(container, &[item], None, traits),
            Some(b"grid") => {
                let grid = Grid::read(&container.bytes(item)?)?;
                Self::new(container, container.targets(item, b"dimg"), Some(grid), traits)
            }
            Some(other) => {
                Err(rare(&format!("with a picture of type `{}`", String::from_utf8_lossy(other))))
            }
            None => Err(damaged("the picture that it shows is missing")),
        }
    }

    /// The alpha of the same tiles, if each has its own.
    pub(super) fn of_tiles(
        container: &Container<'a>,
        items: &[u32],
        colours: &Layer<'a>,
    ) -> Result<Self, Error> {
        let Layer { columns, rows, size, .. } = *colours;
        Self::new(container, items, Some(Grid { columns, rows, size }), &Traits::default())
    }

    fn new(
        container: &Container<'a>,
        items: &[u32],
        grid: Option<Grid>,
        traits: &Traits<'a>,
    ) -> Result<Self, Error> {
        check_tiles(items.len())?;
        let stream = |&item: &u32| Stream::of(container, item);
        let streams = items.iter().map(stream).collect::<Result<Vec<_>, _>>()?;
        check_bytes(streams.iter().map(Stream::length).sum(), container.length())?;
        let first = streams.first().ok_or_else(|| damaged("a grid has no tiles"))?;
        let sequence = first.sequence()?;
        let tile = sequence.size;
        let Grid { columns, rows, size } = grid.unwrap_or(Grid { columns: 1, rows: 1, size: tile });
        if streams.len() != columns * rows {
            return Err(damaged("a grid has more or fewer tiles than it says"));
        }
        let covers = |tile: u32, count: usize, side: u32| {
            let (tile, count, side) = (u64::from(tile), count as u64, u64::from(side));
            tile * count >= side && tile * (count - 1) < side
        };
        if !covers(tile.width, columns, size.width) || !covers(tile.height, rows, size.height) {
            return Err(damaged("the tiles of a grid do not cover it"));
        }
        let (across, down) = sequence.steps(1);
        if (columns > 1 && tile.width % across != 0) || (rows > 1 && tile.height % down != 0) {
            return Err(damaged("the tiles of a grid part a sample of chroma"));
        }
        if traits.size.is_some_and(|told| told != size) {
            return Err(damaged("its sizes contradict"));
        }
        let operating_point = traits.operating_point;
        Ok(Self { size, sequence, columns, rows, streams, operating_point })
    }

    /// The memory for decoding a row of tiles.
    pub(super) fn bytes(&self) -> u64 {
        let bytes = |stream: &Stream<'_>| stream.bytes(&self.sequence, self.columns as u64);
        self.streams.iter().map(bytes).max().unwrap_or(0)
    }

    /// Checks the memory for decoding.
    pub(super) fn check(&self, budget: Budget) -> Result<(), Error> {
        self.streams.first().map_or(Ok(()), |stream| stream.check(&self.sequence, budget))
    }

    /// The meaning of its samples as alpha.
    pub(super) fn opacity(&self) -> Code {
        let full = match self.streams.first() {
            // Alpha has full range, whatever its stream says, which is often unspecified.
            #[cfg(feature = "heic")]
            Some(Stream::Hevc(_)) => true,
            _ => self.sequence.code.full,
        };
        Code { full, ..self.sequence.code }
    }

    /// Decodes a row of tiles.
    pub(super) fn strip(&self, row: usize) -> Result<Strip, Error> {
        let tile = self.sequence.size;
        let streams = self.streams.iter().skip(row * self.columns).take(self.columns);
        let decode = |stream: &Stream<'a>| {
            let first = self.streams.first().unwrap_or(stream);
            if stream.sequence()? != self.sequence || stream.coded_size()? != first.coded_size()? {
                return Err(damaged("the tiles of a grid are of several kinds"));
            }
            stream.decode(&self.sequence, self.operating_point)
        };
        let tiles = streams.map(decode).collect::<Result<_, _>>()?;
        let from = (row as u32).saturating_mul(tile.height);
        let to = from.saturating_add(tile.height).min(self.size.height);
        Ok(Strip { tiles, from, to })
    }
}

impl Strip {
    /// The `table` entry of each sample in row `y` of a plane, counted from the strip's first.
    pub(super) fn row<T: Copy + Default>(
        &self,
        plane: usize,
        y: usize,
        table: &[T],
        out: &mut Vec<T>,
    ) {
        out.clear();
        self.tiles.iter().for_each(|tile| tile.append(plane, y, table, out));
    }
}

impl Grid {
    fn read(bytes: &[u8]) -> Result<Self, Error> {
        let mut bytes = Bytes(bytes);
        bytes.byte()?; // The version.
        let wide = bytes.byte()? & 1 == 1;
        let rows = usize::from(bytes.byte()?) + 1;
        let columns = usize::from(bytes.byte()?) + 1;
        let size = Size::new(bytes.wide(wide)?, bytes.wide(wide)?);
        Ok(Self { columns, rows, size })
    }
}

/// Tiles may share an item, so a small file could be decoded a thousand times.
fn check_bytes(all: usize, file: usize) -> Result<(), Error> {
    const SHARED: usize = 1 << 20;
    if all <= file.saturating_add(SHARED) {
        return Ok(());
    }
    Err(Error::LimitExceeded(format!(
        "the tiles of the picture share their bytes, and have {} KiB in all, of a file of {}; save it \
         without a grid",
        all >> 10,
        file >> 10
    )))
}

fn check_tiles(count: usize) -> Result<(), Error> {
    if count <= MOST_TILES {
        return Ok(());
    }
    Err(Error::LimitExceeded(format!(
        "the picture is a grid of {count} tiles, more than the {MOST_TILES} that are read; make it \
         of larger ones"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_of_too_many_tiles_is_refused_before_any_is_decoded() {
        assert!(check_tiles(MOST_TILES).is_ok());
        assert!(matches!(check_tiles(MOST_TILES + 1), Err(Error::LimitExceeded(_))));
        assert!(check_bytes(1 << 20, 1000).is_ok() && check_bytes(9 << 20, 8 << 20).is_ok());
        assert!(matches!(check_bytes(2 << 20, 1000), Err(Error::LimitExceeded(_))));
    }
}
