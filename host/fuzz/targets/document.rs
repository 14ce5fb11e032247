//! A pipeline document: a parsed one can be written, and parsed again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use obscura::document::{Document, apply, changes, is_of_version_1};
use obscura::key::SourceKey;

fuzz_target!(|text: &[u8]| {
    let first = is_of_version_1(text);
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    let written = serde_json::to_vec(&document).expect("a document is plain data");
    let again = Document::parse(&written).expect("what was written is read");
    assert_eq!(again, document);
    assert!(changes(&document, &again).is_empty());
    assert!(!first || !is_of_version_1(&written));
    let _ = document.warnings();
    for key in ["a/b.jpg", "", "ü {key}/*.png", "a/b/c/d/e/f/g.jpg"] {
        let key = SourceKey::literal(key);
        let taken = document.route(&key, "image/jpeg").map(|route| &route.name);
        let told = document.explain(&key, Some("image/jpeg"));
        let told = told.iter().find(|verdict| verdict.taken).map(|verdict| &verdict.route);
        assert_eq!(taken, told);
    }
    for (route, step) in document.steps() {
        assert!(!route.label(step).is_empty());
        let _ = (
            step.parameters_text(),
            step.is_decisive(),
            step.rendition_name("small", Some("large")),
        );
        let mut parameters = step.parameters.clone().unwrap_or_default();
        let _ = apply(&mut parameters, &step.settable, "a=1&quality=80&renditions.0.width=3");
    }
});
