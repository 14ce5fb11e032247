//! The adapter between the host and a transform of whole files: it reads the whole picture, passes
//! it on, and emits the returned renditions. `obscura wrap` composes it with such a transform.

// Lints of the generated bindings.
#![allow(unsafe_code, clippy::undocumented_unsafe_blocks)]

mod bindings {
    #![allow(missing_docs, unreachable_pub, clippy::all)]
    wit_bindgen::generate!({ path: "../../wit", world: "file-adapter" });
}

use bindings::exports::obscura::transform::transformer::{
    Description, Error, Guest, RenditionSpec, Source,
};
use bindings::obscura::transform::file_transformer as file;
use bindings::obscura::transform::{limits, output};

/// The chunk size of reads.
const PIECE: u32 = 1 << 20;

struct Adapter;

impl Guest for Adapter {
    fn describe() -> Description {
        let file::Description {
            name,
            version,
            summary,
            accepts,
            parameters_schema,
            default_parameters,
        } = file::describe();
        Description { name, version, summary, accepts, parameters_schema, default_parameters }
    }

    fn plan(parameters: String) -> Result<Vec<RenditionSpec>, Error> {
        let spec = |file::RenditionSpec { name, media_types }| RenditionSpec { name, media_types };
        let specs = file::plan(&parameters).map_err(error)?;
        Ok(specs.into_iter().map(spec).collect())
    }

    fn transform(source: &Source, parameters: String) -> Result<(), Error> {
        let picture = file::Picture {
            key: source.key(),
            content_type: source.content_type(),
            body: read(source)?,
        };
        for rendition in file::transform(&picture, &parameters).map_err(error)? {
            let file::Rendition { name, media_type, width, height, attributes, body } = rendition;
            output::emit(&output::Rendition { name, media_type, width, height, attributes, body });
        }
        Ok(())
    }
}

/// Read the whole picture, unless its size exceeds the memory.
fn read(source: &Source) -> Result<Vec<u8>, Error> {
    let size = source.size();
    // Copies: here, in the transform's memory, and in its language's own representation.
    if size.saturating_mul(3) > limits::max_memory() {
        let message =
            format!("the file has {size} bytes; there is not enough memory for three copies of it");
        return Err(Error::LimitExceeded(message));
    }
    let mut body = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    loop {
        let piece = source.read(PIECE);
        if piece.is_empty() {
            return Ok(body);
        }
        body.extend_from_slice(&piece);
    }
}

fn error(error: file::Error) -> Error {
    match error {
        file::Error::UnsupportedFormat(message) => Error::UnsupportedFormat(message),
        file::Error::Malformed(message) => Error::Malformed(message),
        file::Error::LimitExceeded(message) => Error::LimitExceeded(message),
        file::Error::InvalidParameters(message) => Error::InvalidParameters(message),
        file::Error::Internal(message) => Error::Internal(message),
    }
}

bindings::export!(Adapter with_types_in bindings);
