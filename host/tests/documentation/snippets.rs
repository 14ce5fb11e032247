//! Examples are valid.

use obscura::announce::Announcement;
use obscura::document::Document;
use serde_json::Value;

use super::page::{Page, root};

/// Pipeline documents that a shell snippet writes into a file.
fn written_by(shell: &str) -> Vec<String> {
    let mut documents = Vec::new();
    for part in shell.split("cat > pipeline.json <<'END'\n").skip(1) {
        documents.extend(part.split("\nEND\n").next().map(str::to_owned));
    }
    for line in shell.lines().filter(|line| line.ends_with("> pipeline.json")) {
        let quoted = line.strip_prefix("echo '").and_then(|rest| rest.rsplit_once('\''));
        documents.extend(quoted.map(|(text, _)| text.to_owned()));
    }
    documents
}

#[test]
fn json_can_be_parsed_and_pipeline_documents_are_valid() {
    let mut documents = 0;
    for page in Page::all() {
        for snippet in page.snippets() {
            let texts = match snippet.language {
                "json" => vec![snippet.text],
                "sh" | "bash" => written_by(&snippet.text),
                _ => continue,
            };
            for text in texts {
                let value: Value = serde_json::from_str(&text)
                    .unwrap_or_else(|error| panic!("{}: {error}: {text}", page.name()));
                if value.get("routes").is_none() {
                    continue;
                }
                documents += 1;
                if let Err(error) = Document::parse(text.as_bytes()) {
                    panic!("{}: {error}: {text}", page.name());
                }
            }
        }
    }
    assert!(documents >= 8, "only {documents} pipeline documents were found");
}

#[test]
fn the_guides_show_the_code_of_new_transforms() {
    for (guide, language, template, name) in [
        ("rust", "rust", "rust/lib.rs.in", "grey"),
        ("python", "python", "python/app.py.in", "size"),
        ("javascript", "js", "javascript/transform.js.in", "size"),
        ("c", "c", "c/main.c.in", "size"),
    ] {
        let page = Page::read(format!("examples/{guide}.md"));
        let shown = page.snippets().into_iter().find(|one| one.language == language).unwrap();
        let template = root().join("examples/new").join(template);
        let template = std::fs::read_to_string(template).unwrap().replace("{{name}}", name);
        assert_eq!(shown.text.trim_end(), template.trim_end(), "{guide}.md");
    }
}

#[test]
fn the_event_that_is_shown_is_the_published_example() {
    let page = Page::read("host/docs/events.md");
    let shown = page.snippets().into_iter().find(|one| one.language == "json").unwrap();
    let shown: Announcement = serde_json::from_str(&shown.text).unwrap();
    let published = std::fs::read(root().join("host/event.example.json")).unwrap();
    assert_eq!(shown, serde_json::from_slice(&published).unwrap());
}
