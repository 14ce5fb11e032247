//! Times the decoder and the encoder: `bench [FILE [ROUNDS]]`, from standard input without a file.
//! Prints the fastest of the rounds in milliseconds.

use obscura_jpeg::{Decoder, Error, Plane, Rows, Settings, encode};
use std::hint::black_box;
use std::io::Read;
use std::time::Instant;

fn best<T>(rounds: usize, mut f: impl FnMut() -> Result<T, Error>) -> Result<f64, Error> {
    let mut best = f64::INFINITY;
    for _ in 0..rounds {
        let t = Instant::now();
        black_box(f()?);
        best = best.min(t.elapsed().as_secs_f64() * 1e3);
    }
    Ok(best)
}

fn strips(data: &[u8], scale: u8) -> Result<usize, Error> {
    let mut d = Decoder::new(data)?;
    d.set_scale(scale);
    let mut sum = 0;
    while let Some(s) = d.next_strip()? {
        sum += s.planes.iter().map(|p| p.row(0).len()).sum::<usize>();
    }
    Ok(sum)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let mut data = Vec::new();
    match args.get(1).map(String::as_str) {
        None | Some("-") => std::io::stdin().read_to_end(&mut data)?,
        Some(name) => std::fs::File::open(name)?.read_to_end(&mut data)?,
    };
    let rounds = args.get(2).map_or(Ok(5), |r| r.parse())?;
    for scale in 1..=8 {
        println!("decode {scale}/8: {:.2} ms", best(rounds, || strips(&data, scale))?);
    }
    // A crop of 1600 × 1200 from a picture decoded at half its size.
    let mut decoder = Decoder::new(data.as_slice())?;
    decoder.set_scale(4);
    let picture = decoder.decode()?;
    let (width, height) = (picture.width.min(1600), picture.height.min(1200));
    let mut settings = Settings::new(width, height);
    let crop = |(c, p): (usize, &Plane)| {
        let (w, h) = settings.sampling.plane_size(c, width, height);
        let mut plane = Plane::new(w, h);
        for (y, row) in plane.data.chunks_exact_mut(w).enumerate() {
            row.copy_from_slice(p.row(y).get(..w).unwrap_or(&[]));
        }
        plane
    };
    if picture.planes.iter().enumerate().any(|(c, p)| {
        let (w, h) = settings.sampling.plane_size(c, width, height);
        p.width < w || p.height < h || picture.planes.len() != 3
    }) {
        return Ok(());
    }
    let planes: Vec<Plane> = picture.planes.iter().enumerate().map(crop).collect();
    let rows: Vec<Rows> = planes.iter().map(Plane::rows).collect();
    for (name, optimize, progressive) in
        [("optimised", true, false), ("standard", false, false), ("progressive", true, true)]
    {
        (settings.optimize, settings.progressive) = (optimize, progressive);
        let bytes = encode(&rows, &settings)?.len();
        let ms = best(rounds, || encode(&rows, &settings))?;
        println!("encode {width}x{height} {name}: {ms:.2} ms, {bytes} bytes");
    }
    Ok(())
}
