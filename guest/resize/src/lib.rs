//! The transform `resize`.
use obscura_sdk::{Description, Error, Output, Rendition, RenditionSpec, Source, Transform};
use std::io::Read;

struct Copy;

#[derive(Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Parameters {}

impl Transform for Copy {
    type Parameters = Parameters;
    fn describe() -> Description {
        Description {
            name: "copy".into(),
            version: "1.0.0".into(),
            summary: "Stores the upload as it is.".into(),
            accepts: vec!["image/jpeg".into()],
        }
    }
    fn plan(_: &Parameters) -> Result<Vec<RenditionSpec>, Error> {
        Ok(vec![RenditionSpec::new("original", ["image/jpeg"])])
    }
    fn transform(
        source: &mut Source<'_>,
        _: &Parameters,
        output: &mut Output,
    ) -> Result<(), Error> {
        let mut body = Vec::new();
        source.read_to_end(&mut body)?;
        output.emit(Rendition::new("original", "image/jpeg", body));
        Ok(())
    }
}

obscura_sdk::export!(Copy);
