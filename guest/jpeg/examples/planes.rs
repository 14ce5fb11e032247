//! Decodes a JPEG and writes its planes: `planes FILE SCALE [match] [lenient]`.
//!
//! On standard output, for each component: width and height as little-endian u32, then the
//! samples. The reference script compares them with libjpeg's.

use obscura_jpeg::Decoder;
use std::io::Write;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let file = std::fs::File::open(args.get(1).ok_or("which file?")?)?;
    let mut decoder = Decoder::new(file)?;
    decoder.set_scale(args.get(2).map_or(Ok(8), |s| s.parse())?);
    decoder.set_match_luma(args.iter().any(|a| a == "match"));
    decoder.set_lenient(args.iter().any(|a| a == "lenient"));
    let picture = decoder.decode()?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for plane in &picture.planes {
        out.write_all(&u32::try_from(plane.width)?.to_le_bytes())?;
        out.write_all(&u32::try_from(plane.height)?.to_le_bytes())?;
        for y in 0..plane.height {
            out.write_all(plane.row(y))?;
        }
    }
    Ok(out.flush()?)
}
