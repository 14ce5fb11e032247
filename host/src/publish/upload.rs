//! Parses an upload's key.

use crate::component::{Channel, INCOMING, TransformName};

/// An upload, parsed from its key: `incoming/<name>/[<channel>/]<file>.wasm`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// The object's key.
    pub key: String,
    /// The transform that it is for.
    pub transform: TransformName,
    /// The target channel; `stable` if the key has none.
    pub channel: Channel,
}

/// An invalid key for publishing.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("{0}")]
pub struct UploadKeyError(String);

impl Upload {
    /// Parse an upload's key. `None` if it is not a component: a golden picture, or a folder
    /// created by a console.
    ///
    /// # Errors
    /// [`UploadKeyError`], with the expected form.
    pub fn parse(key: &str) -> Result<Option<Self>, UploadKeyError> {
        let wrong = |what: String| {
            let expected = "incoming/<name>/<file>.wasm or incoming/<name>/canary/<file>.wasm";
            Err(UploadKeyError(format!("{what}; upload to {expected}")))
        };
        let Some(rest) = key.strip_prefix(INCOMING) else {
            return wrong(format!("`{key}` is not below {INCOMING}"));
        };
        let parts: Vec<&str> = rest.split('/').collect();
        let (name, channel, file) = match parts.as_slice() {
            [.., ""] | [_, "golden", _] => return Ok(None),
            [name, file] => (*name, "stable", *file),
            [name, channel, file] => (*name, *channel, *file),
            _ => return wrong(format!("`{key}` does not have the form of an upload")),
        };
        let transform = match name.parse() {
            Ok(name) => name,
            Err(error) => return wrong(error),
        };
        let channel = match channel.parse() {
            Ok(channel) => channel,
            Err(error) => return wrong(format!("`{channel}`: {error}")),
        };
        if !file.ends_with(".wasm") {
            return wrong(format!("`{file}` does not end in .wasm"));
        }
        Ok(Some(Self { key: key.to_owned(), transform, channel }))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_key_names_transform_and_channel() {
        let upload = Upload::parse("incoming/resize/v2.wasm").unwrap().unwrap();
        assert_eq!((upload.transform.as_str(), upload.channel), ("resize", Channel::Stable));
        let upload = Upload::parse("incoming/resize/canary/v2.wasm").unwrap().unwrap();
        assert_eq!(upload.channel, Channel::Canary);
        let upload = Upload::parse("incoming/resize/stable/v2.wasm").unwrap().unwrap();
        assert_eq!(upload.channel, Channel::Stable);
    }

    #[test]
    fn golden_pictures_and_folders_are_no_components() {
        assert_eq!(Upload::parse("incoming/resize/golden/a.jpg"), Ok(None));
        assert_eq!(Upload::parse("incoming/resize/golden/odd.wasm"), Ok(None));
        assert_eq!(Upload::parse("incoming/resize/"), Ok(None));
        assert_eq!(Upload::parse("incoming/"), Ok(None));
    }

    #[test]
    fn other_keys_are_refused() {
        for key in [
            "incoming/x.wasm",
            "incoming/../x.wasm",
            "incoming/resize/../../pipeline.wasm",
            "incoming/Resize/x.wasm",
            "incoming/resize/beta/x.wasm",
            "incoming/resize/canary/deep/x.wasm",
            "incoming/resize/x.wat",
            "pipeline.json",
        ] {
            assert!(Upload::parse(key).is_err(), "{key}");
        }
    }
}
