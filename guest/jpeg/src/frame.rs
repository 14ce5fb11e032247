//! The geometry of components, blocks and MCUs, at the requested scale.

use crate::error::Error;
use crate::header::Header;
use crate::plane::{Plane, Rows};
use crate::zigzag;

/// One component's geometry.
#[derive(Clone)]
pub(crate) struct Layout {
    /// Blocks in an MCU, across and down.
    pub(crate) h: usize,
    pub(crate) v: usize,
    /// A block is decoded to `n` × `n` samples.
    pub(crate) n: usize,
    /// The last coefficient that this needs.
    pub(crate) last: usize,
    /// Size in samples as decoded.
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// Blocks with samples, which a scan of only this component consists of.
    pub(crate) blocks: (usize, usize),
    /// Blocks including the padding of the last MCU of a row and of the last row.
    pub(crate) padded: (usize, usize),
    /// The stride of a canvas. The transforms may write 8 bytes at any block.
    pub(crate) stride: usize,
}

/// The whole picture's geometry.
pub(crate) struct Frame {
    pub(crate) layouts: Vec<Layout>,
    /// MCUs across and down.
    pub(crate) mcus: (usize, usize),
    /// Size in pixels as decoded.
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// Rows of pixels in an MCU row.
    pub(crate) mcu_height: usize,
}

impl Frame {
    /// Computes the geometry of `header`'s picture at `scale` eighths. With `match_luma`,
    /// subsampled components are decoded at a larger scale if possible; all but the first at most
    /// at `chroma_scale` eighths.
    pub(crate) fn new(
        header: &Header,
        scale: usize,
        match_luma: bool,
        chroma_scale: usize,
    ) -> Self {
        let (hmax, vmax) = header.max_sampling();
        let (hmax, vmax) = (hmax as usize, vmax as usize);
        let (w, h) = (header.width as usize, header.height as usize);
        let mcus = (w.div_ceil(8 * hmax), h.div_ceil(8 * vmax));
        let layouts = header.components.iter().enumerate().map(|(index, c)| {
            let (ch, cv) = (usize::from(c.horizontal), usize::from(c.vertical));
            let mut n = scale;
            let divides = |max: usize, own: usize, n: usize| (max * scale).is_multiple_of(own * n);
            while match_luma && n <= 4 && divides(hmax, ch, 2 * n) && divides(vmax, cv, 2 * n) {
                n *= 2;
            }
            if index > 0 {
                n = n.min(chroma_scale);
            }
            let padded = (mcus.0 * ch, mcus.1 * cv);
            Layout {
                h: ch,
                v: cv,
                n,
                last: zigzag::last_needed(n),
                width: (w * ch * n).div_ceil(8 * hmax),
                height: (h * cv * n).div_ceil(8 * vmax),
                blocks: ((w * ch).div_ceil(8 * hmax), (h * cv).div_ceil(8 * vmax)),
                padded,
                stride: padded.0 * n + 8,
            }
        });
        Self {
            layouts: layouts.collect(),
            mcus,
            width: (w * scale).div_ceil(8),
            height: (h * scale).div_ceil(8),
            mcu_height: vmax * scale,
        }
    }

    /// The size of canvases for `mcu_rows` rows of MCUs, in bytes.
    pub(crate) fn canvas_bytes(&self, mcu_rows: usize) -> u64 {
        let bytes = |l: &Layout| (l.stride * l.v * l.n) as u64 * mcu_rows as u64;
        self.layouts.iter().map(bytes).sum()
    }

    /// Grey canvases for `mcu_rows` rows of MCUs.
    pub(crate) fn canvases(&self, mcu_rows: usize) -> Result<Vec<Vec<u8>>, Error> {
        let canvas = |l: &Layout| filled(l.stride * l.v * l.n * mcu_rows, 128u8);
        self.layouts.iter().map(canvas).collect()
    }

    /// The sample rows of component `c` in MCU row `mcu_row`. `canvas` starts with MCU row `first`.
    pub(crate) fn rows<'a>(
        &self,
        c: usize,
        canvas: &'a [u8],
        mcu_row: usize,
        first: usize,
    ) -> Rows<'a> {
        let Some(l) = self.layouts.get(c) else {
            return Rows { width: 0, height: 0, stride: 0, data: &[] };
        };
        let rows = l.v * l.n;
        let data = canvas.get((mcu_row - first) * rows * l.stride..).unwrap_or_default();
        let height = rows.min(l.height.saturating_sub(mcu_row * rows));
        Rows { width: l.width, height, stride: l.stride, data }
    }

    /// Converts whole canvases to planes.
    pub(crate) fn planes(&self, canvases: Vec<Vec<u8>>) -> Vec<Plane> {
        let plane = |(l, data): (&Layout, Vec<u8>)| Plane {
            width: l.width,
            height: l.height,
            stride: l.stride,
            data,
        };
        self.layouts.iter().zip(canvases).map(plane).collect()
    }
}

/// A vector of `len` copies of `value`, or an error if memory is exhausted.
pub(crate) fn filled<T: Clone>(len: usize, value: T) -> Result<Vec<T>, Error> {
    let mut v = Vec::new();
    v.try_reserve_exact(len).map_err(|_| Error::Limit("not enough memory"))?;
    v.resize(len, value);
    Ok(v)
}
