//! Judges pictures by SSIMULACRA2, as the crate `ssimulacra2` computes it: a port of libjxl's
//! program, and not the code by which the transform searches.
//!
//! Reads pairs from standard input: width and height as 32-bit little-endian integers, then the red,
//! green and blue of the original, row by row, and those of the other picture. Writes a line with
//! the score of each pair.

use std::error::Error;
use std::io::{self, Read, Write};

use ssimulacra2::{ColorPrimaries, Rgb, TransferCharacteristic, compute_frame_ssimulacra2};

fn main() -> Result<(), Box<dyn Error>> {
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let mut head = [0; 8];
    while input.read_exact(&mut head).is_ok() {
        let [width, height] = [0, 4].map(|at| {
            let bytes = [head[at], head[at + 1], head[at + 2], head[at + 3]];
            u32::from_le_bytes(bytes) as usize
        });
        let original = picture(&mut input, width, height)?;
        let other = picture(&mut input, width, height)?;
        writeln!(output, "{}", compute_frame_ssimulacra2(original, other)?)?;
        output.flush()?;
    }
    Ok(())
}

fn picture(input: &mut impl Read, width: usize, height: usize) -> Result<Rgb, Box<dyn Error>> {
    let mut bytes = vec![0; width * height * 3];
    input.read_exact(&mut bytes)?;
    let (pixels, _) = bytes.as_chunks::<3>();
    let pixels = pixels.iter().map(|pixel| pixel.map(|value| f32::from(value) / 255.0)).collect();
    let (transfer, primaries) = (TransferCharacteristic::SRGB, ColorPrimaries::BT709);
    Ok(Rgb::new(pixels, width, height, transfer, primaries)?)
}
