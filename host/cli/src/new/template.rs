//! The files of a new transform.

use std::path::Path;

/// A file of the folder.
pub(super) struct File {
    pub(super) path: &'static str,
    pub(super) text: String,
}

/// How a package in Rust names the SDK and the picture library.
pub(super) struct Dependencies {
    sdk: String,
    picture: String,
}

impl Dependencies {
    /// Paths in a clone of the repository; without one, this program's version.
    pub(super) fn of(repository: Option<&Path>) -> Self {
        let named = |folder: &str| match repository {
            // TOML has the same string escapes as JSON.
            Some(root) => {
                let path = root.join("guest").join(folder);
                format!("{{ path = {} }}", serde_json::json!(path.to_string_lossy()))
            }
            None => format!("\"{}\"", env!("CARGO_PKG_VERSION")),
        };
        Self { sdk: named("sdk"), picture: named("picture") }
    }
}

const DOCUMENT: &str = include_str!("../../../../examples/new/pipeline.json");
const TRANSFORM_WIT: &str = include_str!("../../../../wit/transform.wit");
const FILE_WIT: &str = include_str!("../../../../wit/file.wit");

/// A transform in Rust.
pub(super) fn rust(name: &str, dependencies: &Dependencies) -> Vec<File> {
    let manifest = include_str!("../../../../examples/new/rust/Cargo.toml.in")
        .replace("{{sdk}}", &dependencies.sdk)
        .replace("{{picture}}", &dependencies.picture);
    named(
        name,
        vec![
            ("README.md", include_str!("../../../../examples/new/rust/README.md.in")),
            ("Cargo.toml", &manifest),
            (".cargo/config.toml", include_str!("../../../../.cargo/config.toml")),
            (".gitignore", "/target\n"),
            ("src/lib.rs", include_str!("../../../../examples/new/rust/lib.rs.in")),
            ("pipeline.json", DOCUMENT),
        ],
    )
}

/// A transform in Python.
pub(super) fn python(name: &str) -> Vec<File> {
    named(
        name,
        vec![
            ("README.md", include_str!("../../../../examples/new/python/README.md.in")),
            ("app.py", include_str!("../../../../examples/new/python/app.py.in")),
            ("build.sh", include_str!("../../../../examples/new/python/build.sh.in")),
            (".gitignore", "/tool\n*.wasm\n__pycache__/\n"),
            ("wit/transform.wit", TRANSFORM_WIT),
            ("pipeline.json", DOCUMENT),
        ],
    )
}

/// A transform in JavaScript.
pub(super) fn javascript(name: &str) -> Vec<File> {
    named(
        name,
        vec![
            ("README.md", include_str!("../../../../examples/new/javascript/README.md.in")),
            ("transform.js", include_str!("../../../../examples/new/javascript/transform.js.in")),
            ("package.json", include_str!("../../../../examples/new/javascript/package.json.in")),
            (".gitignore", "/node_modules\n*.wasm\n"),
            ("wit/transform.wit", TRANSFORM_WIT),
            ("wit/file.wit", FILE_WIT),
            ("pipeline.json", DOCUMENT),
        ],
    )
}

/// A transform in C.
pub(super) fn c(name: &str) -> Vec<File> {
    named(
        name,
        vec![
            ("README.md", include_str!("../../../../examples/new/c/README.md.in")),
            ("main.c", include_str!("../../../../examples/new/c/main.c.in")),
            ("build.sh", include_str!("../../../../examples/new/c/build.sh.in")),
            (
                "bindings/transform.h",
                include_str!("../../../../examples/new/c/bindings/transform.h"),
            ),
            (
                "bindings/transform.c",
                include_str!("../../../../examples/new/c/bindings/transform.c"),
            ),
            (".gitignore", "/tool\n*.wasm\n"),
            ("wit/transform.wit", TRANSFORM_WIT),
            ("pipeline.json", DOCUMENT),
        ],
    )
}

fn named(name: &str, files: Vec<(&'static str, &str)>) -> Vec<File> {
    let file = |(path, text): (&'static str, &str)| File {
        path,
        // A library's file has an underscore where its package has a hyphen.
        text: text.replace("{{name}}", name).replace("{{lib}}", &name.replace('-', "_")),
    };
    files.into_iter().map(file).collect()
}
