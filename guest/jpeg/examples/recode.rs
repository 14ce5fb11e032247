//! Encodes raw pixels: `recode WIDTH HEIGHT CHANNELS QUALITY gray|444|422|420 [progressive]
//! [standard]`, pixels on standard input, a JPEG on standard output. For the reference script.

use obscura_jpeg::{Plane, Rows, Sampling, Settings, color, encode};
use std::io::{Read, Write};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let number = |i: usize| args.get(i).ok_or("too few arguments").map(|s| s.parse::<usize>());
    let (width, height, channels) = (number(1)??, number(2)??, number(3)??);
    let mut settings = Settings::new(width, height);
    settings.quality = u8::try_from(number(4)??)?;
    settings.sampling = match args.get(5).map(String::as_str) {
        Some("gray") => Sampling::Gray,
        Some("444") => Sampling::S444,
        Some("422") => Sampling::S422,
        _ => Sampling::S420,
    };
    settings.progressive = args.iter().any(|a| a == "progressive");
    settings.optimize = !args.iter().any(|a| a == "standard");
    let mut pixels = Vec::new();
    std::io::stdin().read_to_end(&mut pixels)?;
    let planes = color::to_planes(&pixels, channels, width, height, settings.sampling);
    let rows: Vec<Rows> = planes.iter().map(Plane::rows).collect();
    std::io::stdout().write_all(&encode(&rows, &settings)?)?;
    Ok(())
}
