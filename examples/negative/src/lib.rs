//! A small transform to start from: the negative of a PNG picture.

use std::io::{Cursor, Read};

use obscura_sdk::{Description, Error, Output, Rendition, RenditionSpec, Source, Transform};

/// The transform.
#[derive(Debug)]
pub struct Negative;

/// What can be set in the pipeline document.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Parameters {
    /// Whether the picture is made as small as it can be, which takes longer.
    pub small: bool,
}

impl Transform for Negative {
    type Parameters = Parameters;

    fn describe() -> Description {
        Description {
            name: "negative".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            summary: "Turns every colour of a PNG picture into its opposite.".into(),
            accepts: vec!["image/png".into()],
        }
    }

    fn plan(_: &Parameters) -> Result<Vec<RenditionSpec>, Error> {
        Ok(vec![RenditionSpec::new("negative", ["image/png"])])
    }

    fn transform(
        source: &mut Source<'_>,
        parameters: &Parameters,
        output: &mut Output,
    ) -> Result<(), Error> {
        let mut file = Vec::new();
        source.read_to_end(&mut file)?;
        if file.is_empty() {
            return Err(Error::Malformed("the object is empty; upload the picture again".into()));
        }
        if !file.starts_with(b"\x89PNG\r\n\x1a\n") {
            return Err(Error::UnsupportedFormat("this is no PNG; upload one instead".into()));
        }
        let mut decoder = png::Decoder::new(Cursor::new(file));
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().map_err(malformed)?;

        // The header tells the size before memory is taken for the pixels.
        let (width, height) = reader.info().size();
        if u64::from(width) * u64::from(height) > source.limits().max_pixels {
            return Err(Error::LimitExceeded(format!("{width} × {height} pixels are too many")));
        }
        let (color, depth) = reader.output_color_type();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap_or(0)];
        reader.next_frame(&mut pixels).map_err(malformed)?;

        let alpha = matches!(color, png::ColorType::Rgba | png::ColorType::GrayscaleAlpha);
        for pixel in pixels.chunks_mut(color.samples()) {
            let colours = pixel.len() - usize::from(alpha);
            pixel[..colours].iter_mut().for_each(|sample| *sample = !*sample);
        }

        let mut body = Vec::new();
        let mut encoder = png::Encoder::new(&mut body, width, height);
        encoder.set_color(color);
        encoder.set_depth(depth);
        if parameters.small {
            encoder.set_compression(png::Compression::High);
        }
        let mut writer = encoder.write_header().map_err(internal)?;
        writer.write_image_data(&pixels).map_err(internal)?;
        writer.finish().map_err(internal)?;
        output.emit(Rendition::new("negative", "image/png", body).sized(width, height));
        Ok(())
    }
}

fn malformed(error: png::DecodingError) -> Error {
    match error {
        png::DecodingError::LimitsExceeded => {
            Error::LimitExceeded("its pixels take too much memory; make it smaller".into())
        }
        error => Error::Malformed(format!("{error}; export the picture again")),
    }
}

fn internal(error: png::EncodingError) -> Error {
    Error::Internal(error.to_string())
}

obscura_sdk::export!(Negative);

/// Compiles what the guide shows.
#[cfg(doctest)]
#[doc = include_str!("../../../host/docs/writing.md")]
struct Guide;

#[cfg(test)]
mod tests {
    use obscura_sdk::testing;

    use super::*;

    const CAT: &[u8] = include_bytes!("../../photos/chelsea.png");

    #[test]
    fn twice_is_the_picture_again() -> Result<(), Error> {
        let render = |bytes: &[u8]| {
            let made = testing::render::<Negative>(bytes, "{}", testing::DEFAULT_LIMITS)?;
            Ok::<_, Error>(made.into_iter().map(|one| one.body).next().unwrap_or_default())
        };
        let negative = render(CAT)?;
        let positive = render(&negative)?;
        assert_ne!(negative, positive);
        assert_eq!(render(&positive)?, negative);
        Ok(())
    }
}
