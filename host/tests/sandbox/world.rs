//! Allowed imports and required exports of a component.

use obscura::sandbox::{Artifact, Failure, NEWEST_WASI, Sandbox, Transform};

use crate::support::fixtures;

/// Load a component from its text.
fn load(text: &str) -> Result<Transform, Failure> {
    let sandbox = Sandbox::new().unwrap();
    let artifact = Artifact::compile(&sandbox, &wat::parse_str(text).unwrap()).unwrap();
    Transform::load(&sandbox, &artifact)
}

/// Exports an instance with the transform's name, so that a component is refused only for its
/// imports.
const EXPORT: &str = r#"
    (component $empty)
    (instance $it (instantiate $empty))
    (export "obscura:transform/transformer@1.0.0" (instance $it))
"#;

fn importing(name: &str) -> Failure {
    load(&format!("(component (import \"{name}\" (instance)) {EXPORT})")).unwrap_err()
}

#[test]
fn imports_outside_the_list_are_refused_by_name() {
    let refused = [
        "wasi:sockets/tcp@0.2.0",
        "wasi:sockets/udp@0.2.6",
        "wasi:sockets/instance-network@0.2.6",
        "wasi:sockets/ip-name-lookup@0.2.6",
        "wasi:http/types@0.2.0",
        "wasi:http/outgoing-handler@0.2.6",
        "wasi:config/store@0.2.0-draft",
        "wasi:keyvalue/store@0.2.0-draft",
        "wasi:blobstore/blobstore@0.2.0-draft",
        "wasi:nn/graph@0.2.0-rc-2024-10-28",
        "wasi:logging/logging",
        "wasi:cli/run@0.2.6",
        "wasi:cli/command@0.2.6",
        "wasi:clocks/timezone@0.2.6",
        "evil:package/interface@1.0.0",
        "environment",
        "run",
    ];
    for name in refused {
        let failure = importing(name);
        assert_eq!(failure.code().as_str(), "import-not-allowed", "{name}: {failure}");
        let message = format!("the component imports `{name}`, which no transform may");
        assert_eq!(failure.to_string(), message);
    }
}

#[test]
fn a_version_that_is_not_known_is_said_to_be_one() {
    let refused = [
        "wasi:cli/environment@0.3.0",
        "wasi:cli/environment@0.2.99",
        "wasi:cli/environment@0.2.0-rc-2023-12-05",
        "wasi:cli/environment@0.2.0+build",
        "wasi:cli/environment@1.2.0",
        "wasi:cli/environment",
        "obscura:transform/input@2.0.0",
        "obscura:transform/input@1.1.0",
        "obscura:transform/input",
    ];
    for name in refused {
        let failure = importing(name);
        assert_eq!(failure.code().as_str(), "import-not-allowed", "{name}: {failure}");
        let message = format!("this host has `{name}` in other versions only");
        assert_eq!(failure.to_string(), message);
        let Failure::ImportNotAllowed(imports) = failure else { panic!() };
        let expected = if name.starts_with("wasi:") { "WASI 0.2.0 to 0.2.12" } else { "@1.0.0" };
        assert!(imports.remedy().contains(expected), "{}", imports.remedy());
    }
}

#[test]
fn every_import_that_is_refused_is_named() {
    let names = ["wasi:sockets/tcp@0.2.6", "wasi:http/types@0.2.6", "wasi:io/poll@0.2.40"];
    let imports = names.map(|name| format!("(import \"{name}\" (instance))")).concat();
    let failure = load(&format!("(component {imports} {EXPORT})")).unwrap_err();
    assert_eq!(
        failure.to_string(),
        "the component imports `wasi:sockets/tcp@0.2.6`, `wasi:http/types@0.2.6`, which no \
         transform may; this host has `wasi:io/poll@0.2.40` in other versions only"
    );
    let many: String = (0..300).map(|n| format!("(import \"a:b/c{n}\" (instance))")).collect();
    let failure = load(&format!("(component {many} {EXPORT})")).unwrap_err();
    assert!(failure.to_string().contains("and 290 more"), "{failure}");
}

/// The patch release of WASI 0.2 in each `wasi…0.2.N` of a text.
fn patches(text: &str, before: &str) -> Vec<u64> {
    let number = |rest: &str| {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        rest[..digits].parse().ok()
    };
    text.split(before).skip(1).filter_map(number).collect()
}

#[test]
fn the_newest_wasi_is_no_older_than_what_the_tools_emit() {
    let (major, minor, newest) = NEWEST_WASI;
    assert_eq!((major, minor), (0, 2));
    let lock = std::fs::read_to_string(fixtures::workspace().join("Cargo.lock")).unwrap();
    let mut seen = patches(&lock, "+wasi-0.2.");
    assert!(!seen.is_empty(), "the crates that bind WASI do not say their version any more");
    for fixture in ["echo", "hostile", "socket"] {
        let component = fixtures::component(fixture);
        let text = String::from_utf8_lossy(&component);
        let emitted = patches(&text, "wasi:cli/environment@0.2.");
        assert!(!emitted.is_empty(), "{fixture} does not import WASI 0.2 any more");
        seen.extend(emitted);
    }
    // Components in other languages, if built (`just transforms`).
    let built = std::fs::read_dir(fixtures::workspace().join("target/components"));
    for file in built.into_iter().flatten() {
        let component = std::fs::read(file.unwrap().path()).unwrap();
        seen.extend(patches(&String::from_utf8_lossy(&component), "wasi:cli/environment@0.2."));
    }
    let emitted = seen.into_iter().max().unwrap();
    assert!(emitted <= newest, "tools emit WASI 0.2.{emitted}; raise NEWEST_WASI to it");
}

#[test]
fn allowed_names_are_exact() {
    let refused = [
        "wasi:cli/environments@0.2.0",
        "wasi:filesystem/typesx@0.2.0",
        "wasi:filesystem/type@0.2.0",
        "wasix:filesystem/types@0.2.0",
        "xwasi:filesystem/types@0.2.0",
        "wasi:io/streams-extra@0.2.0",
        "obscura:transform/inputs@1.0.0",
        "obscura:transforms/input@1.0.0",
    ];
    for name in refused {
        let failure = importing(name);
        assert_eq!(failure.code().as_str(), "import-not-allowed", "{name}: {failure}");
        assert!(failure.to_string().contains(name), "{failure}");
    }
}

#[test]
fn common_imports_of_languages_are_not_refused_by_name() {
    let allowed = [
        "wasi:cli/environment@0.2.0",
        "wasi:cli/environment@0.2.12",
        "wasi:cli/exit@0.2.3",
        "wasi:cli/stdin@0.2.6",
        "wasi:cli/terminal-stderr@0.2.6",
        "wasi:clocks/monotonic-clock@0.2.6",
        "wasi:clocks/wall-clock@0.2.6",
        "wasi:filesystem/preopens@0.2.6",
        "wasi:filesystem/types@0.2.8",
        "wasi:io/poll@0.2.6",
        "wasi:io/streams@0.2.6",
        "wasi:random/insecure-seed@0.2.6",
        "wasi:random/random@0.2.6",
        "obscura:transform/limits@1.0.0",
    ];
    for name in allowed {
        // It exports an empty instance, which is its only fault.
        let failure = importing(name);
        assert_eq!(failure.code().as_str(), "world-mismatch", "{name}: {failure}");
    }
}

#[test]
fn only_interfaces_can_be_imported() {
    for kind in ["(func)", "(core module)"] {
        let text = format!("(component (import \"run\" {kind}) {EXPORT})");
        let failure = load(&text).unwrap_err();
        assert_eq!(failure.code().as_str(), "import-not-allowed", "{kind}: {failure}");
    }
}

#[test]
fn an_allowed_name_with_a_wrong_type_is_refused() {
    let wrong = r#"(import "wasi:random/random@0.2.0" (instance
        (export "get-random-u64" (func (result string)))))"#;
    let failure = load(&format!("(component {wrong} {EXPORT})")).unwrap_err();
    assert_eq!(failure.code().as_str(), "world-mismatch", "{failure}");
}

#[test]
fn a_socket_is_refused_before_it_is_tried() {
    let sandbox = Sandbox::new().unwrap();
    let artifact = Artifact::compile(&sandbox, &fixtures::component("socket")).unwrap();
    let failure = Transform::load(&sandbox, &artifact).unwrap_err();
    assert_eq!(failure.code().as_str(), "import-not-allowed");
    assert!(failure.to_string().contains("`wasi:sockets/"), "{failure}");
}

#[test]
fn a_component_that_is_no_transform() {
    let failure = load("(component)").unwrap_err();
    assert_eq!(failure.code().as_str(), "world-mismatch");
    assert!(failure.to_string().starts_with("the component exports nothing;"), "{failure}");

    let other_version = EXPORT.replace("@1.0.0", "@2.0.0");
    let failure = load(&format!("(component {other_version})")).unwrap_err();
    assert_eq!(failure.code().as_str(), "world-mismatch");
    assert!(failure.to_string().contains("exports obscura:transform/transformer@2.0.0"));

    let failure = load(&format!("(component {EXPORT})")).unwrap_err();
    assert_eq!(failure.code().as_str(), "world-mismatch", "an empty interface: {failure}");
}
