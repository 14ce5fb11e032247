//! Scores pictures by SSIMULACRA2 with the crate `ssimulacra2`, a port of libjxl's program,
//! independent of the transform's own code. With `--butteraugli`, also by that.
//!
//! Reads pairs from standard input: width and height as 32-bit little-endian integers, then the red,
//! green and blue of the original, row by row, and those of the other picture. Writes a line with
//! the score of each pair; with `--butteraugli`, its 3-norm after it.

use std::error::Error;
use std::io::{self, Read, Write};

use butteraugli::{ButteraugliParams, ButteraugliReference};
use ssimulacra2::{ColorPrimaries, Rgb, TransferCharacteristic, compute_frame_ssimulacra2};

fn main() -> Result<(), Box<dyn Error>> {
    let both = std::env::args().any(|argument| argument == "--butteraugli");
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let mut head = [0; 8];
    // The last original, which the next pair often has too.
    let mut last: Option<(Vec<u8>, ButteraugliReference)> = None;
    while input.read_exact(&mut head).is_ok() {
        let [width, height] = [0, 4].map(|at| {
            let bytes = [head[at], head[at + 1], head[at + 2], head[at + 3]];
            u32::from_le_bytes(bytes) as usize
        });
        let mut pictures = [vec![0; width * height * 3], vec![0; width * height * 3]];
        for picture in &mut pictures {
            input.read_exact(picture)?;
        }
        let [original, other] = pictures;
        let score = compute_frame_ssimulacra2(
            picture(&original, width, height)?,
            picture(&other, width, height)?,
        )?;
        write!(output, "{score}")?;
        if both {
            let known = last.take().filter(|(of, known)| known.width() == width && *of == original);
            let known = match known {
                Some((_, known)) => known,
                None => {
                    let parameters = ButteraugliParams::default();
                    ButteraugliReference::new(&original, width, height, parameters)?
                }
            };
            write!(output, " {}", known.compare(&other)?.pnorm_3)?;
            last = Some((original, known));
        }
        writeln!(output)?;
        output.flush()?;
    }
    Ok(())
}

fn picture(bytes: &[u8], width: usize, height: usize) -> Result<Rgb, Box<dyn Error>> {
    let (pixels, _) = bytes.as_chunks::<3>();
    let pixels = pixels.iter().map(|pixel| pixel.map(|value| f32::from(value) / 255.0)).collect();
    let (transfer, primaries) = (TransferCharacteristic::SRGB, ColorPrimaries::BT709);
    Ok(Rgb::new(pixels, width, height, transfer, primaries)?)
}
