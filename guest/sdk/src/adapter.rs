//! Adapts the bindings to [`Transform`].

use std::marker::PhantomData;

use crate::bindings::exports::obscura::transform::transformer as wit;
use crate::bindings::obscura::transform::input;
use crate::error::Error;
use crate::output::Output;
use crate::source::Source;
use crate::transform::Transform;

/// The component made of a [`Transform`].
#[derive(Debug)]
pub struct Adapter<T>(PhantomData<T>);

/// Parameters from their JSON text; empty text means the defaults.
pub(crate) fn parse<T: Transform>(text: &str) -> Result<T::Parameters, Error> {
    if text.trim().is_empty() {
        return Ok(T::Parameters::default());
    }
    let wrong = |place: &str, error: &serde_json::Error| {
        Error::InvalidParameters(format!("{place}: {error}"))
    };
    let mut json = serde_json::Deserializer::from_str(text);
    let parameters = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let place = if path == "." { "the parameters".to_owned() } else { format!("`{path}`") };
        wrong(&place, error.inner())
    })?;
    json.end().map_err(|error| wrong("the parameters", &error))?;
    Ok(parameters)
}

impl<T: Transform> wit::Guest for Adapter<T> {
    fn describe() -> wit::Description {
        let description = T::describe();
        wit::Description {
            name: description.name,
            version: description.version,
            summary: description.summary,
            accepts: description.accepts,
            parameters_schema: json(&schemars::schema_for!(T::Parameters)),
            default_parameters: json(&T::Parameters::default()),
        }
    }

    fn plan(parameters: String) -> Result<Vec<wit::RenditionSpec>, wit::Error> {
        let specs = T::plan(&parse::<T>(&parameters)?)?;
        Ok(specs
            .into_iter()
            .map(|spec| wit::RenditionSpec { name: spec.name, media_types: spec.media_types })
            .collect())
    }

    fn transform(source: &input::Source, parameters: String) -> Result<(), wit::Error> {
        let parameters = parse::<T>(&parameters)?;
        Ok(T::transform(&mut Source::host(source), &parameters, &mut Output::host())?)
    }
}

/// The JSON text of a plain value; an empty object if it cannot be serialised.
fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "{}".to_owned())
}

impl From<Error> for wit::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::UnsupportedFormat(message) => Self::UnsupportedFormat(message),
            Error::Malformed(message) => Self::Malformed(message),
            Error::LimitExceeded(message) => Self::LimitExceeded(message),
            Error::InvalidParameters(message) => Self::InvalidParameters(message),
            Error::Internal(message) => Self::Internal(message),
        }
    }
}
