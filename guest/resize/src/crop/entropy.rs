//! What is cut off has the least entropy, as libvips does it.

use obscura_picture::colour::into_rgb;
use obscura_picture::frame::{Frame, Raster};
use obscura_picture::geometry::{Region, Size};

/// The longest side of the copy that it is measured on.
pub(super) const SIDE: u32 = 320;

/// Slices are removed, of two opposite ones the one with less entropy, until the size is reached.
pub(super) fn find(frame: &Frame, region: Region) -> (f64, f64) {
    let Size { width, height } = frame.size;
    let planes = &into_rgb(frame.clone()).rasters;
    let mut kept = Area { left: 0, top: 0, width, height };
    let side = |part: f64, whole: u32| ((part * f64::from(whole)).round() as u32).clamp(1, whole);
    let wanted = (side(region.width, width), side(region.height, height));
    let step = (width - wanted.0).max(height - wanted.1).div_ceil(8).max(1);
    while kept.width > wanted.0 || kept.height > wanted.1 {
        let across = (kept.width - wanted.0).min(step);
        let down = (kept.height - wanted.1).min(step);
        if across > 0 {
            let left = Area { width: across, ..kept };
            let right = Area { left: kept.left + kept.width - across, ..left };
            if entropy(planes, left) < entropy(planes, right) {
                kept.left += across;
            }
            kept.width -= across;
        }
        if down > 0 {
            let top = Area { height: down, ..kept };
            let bottom = Area { top: kept.top + kept.height - down, ..top };
            if entropy(planes, top) < entropy(planes, bottom) {
                kept.top += down;
            }
            kept.height -= down;
        }
    }
    (f64::from(kept.left) / f64::from(width), f64::from(kept.top) / f64::from(height))
}

#[derive(Clone, Copy)]
struct Area {
    left: u32,
    top: u32,
    width: u32,
    height: u32,
}

/// The entropy of an area's values, in bits, for all planes together.
fn entropy(planes: &[Raster], area: Area) -> f64 {
    planes.iter().map(|plane| entropy_of(plane, area)).sum()
}

fn entropy_of(plane: &Raster, area: Area) -> f64 {
    let mut counts = [0_u32; 256];
    for row in plane.rows().skip(area.top as usize).take(area.height as usize) {
        let (from, to) = (area.left as usize, (area.left + area.width) as usize);
        for &value in row.get(from..to).unwrap_or(&[]) {
            if let Some(count) = counts.get_mut(usize::from(value)) {
                *count += 1;
            }
        }
    }
    let all = f64::from(area.width) * f64::from(area.height);
    let part = |&count: &u32| f64::from(count) / all;
    counts.iter().filter(|&&count| count > 0).map(part).map(|p| -p * p.log2()).sum()
}
