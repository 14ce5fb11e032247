//! Families: renditions that expand to one for each of their widths and formats.

use super::choices::Target;
use super::rendition::Rendition;

impl Rendition {
    /// Its members; itself if it is no family. They come in the order of `widths`, and each width's in
    /// that of `formats`.
    pub(super) fn members(&self) -> Vec<Self> {
        let widths: Vec<Option<u32>> = match self.widths.as_slice() {
            [] => vec![None],
            widths => widths.iter().copied().map(Some).collect(),
        };
        let formats: Vec<Option<Target>> = match self.formats.as_slice() {
            [] => vec![None],
            formats => formats.iter().copied().map(Some).collect(),
        };
        let names_tell_formats = formats.len() > 1;
        let member = |width: Option<u32>, format: Option<Target>| {
            let mut name = self.name.clone();
            if let Some(width) = width {
                name.push_str(&format!("-{width}"));
            }
            if let Some(format) = format.filter(|_| names_tell_formats) {
                name.push_str(&format!("-{}", format.word()));
            }
            Self {
                name,
                width: width.or(self.width),
                format: format.unwrap_or(self.format),
                widths: Vec::new(),
                formats: Vec::new(),
                ..self.clone()
            }
        };
        let pairs = widths.into_iter().flat_map(|width| formats.iter().map(move |f| (width, *f)));
        pairs.map(|(width, format)| member(width, format)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_has_a_member_for_each_width_and_format() {
        let names = |fields: &str| -> Vec<String> {
            let rendition: Rendition =
                serde_json::from_str(&format!(r#"{{"name": "card", {fields}}}"#)).unwrap();
            rendition.members().into_iter().map(|member| member.name).collect()
        };
        assert_eq!(names(r#""width": 9"#), ["card"]);
        assert_eq!(names(r#""widths": [320, 640]"#), ["card-320", "card-640"]);
        assert_eq!(names(r#""widths": [320], "formats": ["webp"]"#), ["card-320"]);
        assert_eq!(names(r#""width": 9, "formats": ["webp", "jpeg"]"#), ["card-webp", "card-jpeg"]);
        assert_eq!(
            names(r#""widths": [2, 1], "formats": ["webp", "jpeg"]"#),
            ["card-2-webp", "card-2-jpeg", "card-1-webp", "card-1-jpeg"]
        );
    }
}
