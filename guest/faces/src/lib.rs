//! Where faces are in a small picture, by the detector YuNet.
//!
//! `network` computes the model, by the operations of `layers`, with the numbers of `weights`; this module reads
//! faces from what comes out. What is found are rectangles: the model cannot tell whose face it is.

mod layers;
mod network;
mod weights;

use layers::Map;

/// A face, in fractions of the picture's width and height.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Face {
    /// Its left side.
    pub left: f32,
    /// Its upper side.
    pub top: f32,
    /// From left to right.
    pub width: f32,
    /// From top to bottom.
    pub height: f32,
    /// How sure the model is, 0 to 1.
    pub score: f32,
}

/// What is less sure is no face. Between 0.6 and 0.8, shoes and headlights are among them.
const SURE: f32 = 0.8;

/// Two rectangles of which that much is common are one face.
const SAME: f32 = 0.3;

/// The faces in a picture of interleaved RGB, `width` pixels wide, the surest first. Those of 10 to 300 pixels'
/// width are found, so a copy of 320 pixels serves for most pictures.
pub fn find(rgb: &[u8], width: usize) -> Vec<Face> {
    let height = rgb.len().checked_div(width * 3).unwrap_or(0);
    if height == 0 {
        return Vec::new();
    }
    let mut faces: Vec<Face> = network::run(input(rgb, width, height))
        .iter()
        .zip([8, 16, 32])
        .flat_map(|(map, stride)| read(map, stride as f32, width as f32, height as f32))
        .collect();
    faces.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut found: Vec<Face> = Vec::new();
    for face in faces {
        if found.iter().all(|other| common(face, *other) <= SAME) {
            found.push(face);
        }
    }
    found
}

/// With black below and to the right, since the network halves its input five times.
fn input(rgb: &[u8], width: usize, height: usize) -> Map {
    let mut map = Map::new(width.next_multiple_of(32), height.next_multiple_of(32), 3);
    let rows = map.values.chunks_exact_mut(map.width * 3);
    for (row, pixels) in rows.zip(rgb.chunks_exact(width * 3)) {
        for (value, &sample) in row.iter_mut().zip(pixels) {
            *value = f32::from(sample);
        }
    }
    map
}

/// The faces that a head of the network says of, before those that are there twice are taken out.
fn read(map: &Map, stride: f32, width: f32, height: f32) -> Vec<Face> {
    let sigmoid = |x: f32| 1.0 / (1.0 + (-x).exp());
    let mut faces = Vec::new();
    for (index, cell) in map.values.as_chunks::<{ network::HEAD }>().0.iter().enumerate() {
        let [class, object, x, y, across, down, ..] = *cell;
        let score = (sigmoid(class) * sigmoid(object)).sqrt();
        if score < SURE {
            continue;
        }
        let (column, row) = ((index % map.width) as f32, (index / map.width) as f32);
        let (across, down) = (stride * across.min(8.0).exp(), stride * down.min(8.0).exp());
        let (x, y) = ((column + x) * stride, (row + y) * stride);
        let (left, right) = ((x - across / 2.0).max(0.0), (x + across / 2.0).min(width));
        let (top, bottom) = ((y - down / 2.0).max(0.0), (y + down / 2.0).min(height));
        if right > left && bottom > top {
            faces.push(Face {
                left: left / width,
                top: top / height,
                width: (right - left) / width,
                height: (bottom - top) / height,
                score,
            });
        }
    }
    faces
}

/// The part of two rectangles' union that both cover.
fn common(a: Face, b: Face) -> f32 {
    let side = |a: f32, a_length: f32, b: f32, b_length: f32| {
        ((a + a_length).min(b + b_length) - a.max(b)).max(0.0)
    };
    let both = side(a.left, a.width, b.left, b.width) * side(a.top, a.height, b.top, b.height);
    both / (a.width * a.height + b.width * b.height - both)
}
