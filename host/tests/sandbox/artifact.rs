//! Compiling, storing and loading artifacts.

use bytes::Bytes;
use obscura::digest::Digest;
use obscura::sandbox::{Artifact, ENGINE_ID, Sandbox, Transform};

use crate::harness;
use crate::support::fixtures;

/// Load bytes as a published artifact.
fn load(bytes: Vec<u8>) -> Result<Transform, String> {
    let digest = Digest::of(&bytes);
    let artifact = Artifact::verify(Bytes::from(bytes), digest).map_err(|e| e.to_string())?;
    let loaded = Transform::load(&Sandbox::new().unwrap(), &artifact);
    loaded.map_err(|failure| {
        assert_eq!(failure.code().as_str(), "sandbox-failed", "{failure}");
        failure.to_string()
    })
}

/// The offset of these bytes.
fn find(haystack: &[u8], needle: &[u8]) -> usize {
    haystack.windows(needle.len()).position(|window| window == needle).unwrap()
}

#[test]
fn stored_artifacts_can_be_loaded() {
    let stored = harness::artifact("echo").bytes().to_vec();
    assert_eq!(load(stored).unwrap().describe().unwrap().name, "echo");
}

#[test]
fn compiling_twice_gives_the_same_bytes() {
    let component = fixtures::component("echo");
    let compile = || Artifact::compile(&Sandbox::new().unwrap(), &component).unwrap();
    assert_eq!(compile().digest(), compile().digest());
    let other = harness::artifact("echo-next");
    assert_ne!(compile().digest(), other.digest());
}

#[test]
fn other_bytes_than_were_published_are_refused() {
    let artifact = harness::artifact("echo");
    let mut bytes = artifact.bytes().to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    let error = Artifact::verify(Bytes::from(bytes), artifact.digest()).unwrap_err();
    let expected = format!("but {} was published", artifact.digest());
    assert!(error.to_string().ends_with(&expected), "{error}");
}

#[test]
fn an_artifact_of_another_engine_is_refused() {
    let mut bytes = harness::artifact("echo").bytes().to_vec();
    let at = find(&bytes, ENGINE_ID.as_bytes());
    // The next patch release, with the same major version.
    let patch = at + ENGINE_ID.find(".8-").unwrap() + 1;
    bytes[patch] = b'9';
    let error = load(bytes).unwrap_err();
    assert!(error.contains(ENGINE_ID), "{error}");
}

#[test]
fn the_engine_is_named_after_the_version_that_is_built_in() {
    let lock = std::fs::read_to_string(fixtures::workspace().join("Cargo.lock")).unwrap();
    let version = lock.split("name = \"wasmtime\"\nversion = \"").nth(1).unwrap();
    let version = version.split('"').next().unwrap();
    assert!(ENGINE_ID.starts_with(&format!("wasmtime-{version}-")), "{ENGINE_ID}: {version}");
}

#[test]
fn invalid_artifacts_are_refused() {
    let artifact = harness::artifact("echo").bytes().to_vec();
    let head = artifact[..artifact.len() / 2].to_vec();
    for bytes in [vec![], b"\x7fELF".to_vec(), vec![0xa5; 100_000], head] {
        load(bytes).unwrap_err();
    }
    load(fixtures::component("echo")).unwrap_err();
}

#[test]
fn invalid_components_cannot_be_compiled() {
    let sandbox = Sandbox::new().unwrap();
    let whole = fixtures::component("echo");
    let random = (0..100_000_u64).map(|i| ((i * i) >> 7) as u8).collect();
    let cases: [(&str, Vec<u8>, &str); 7] = [
        ("nothing", vec![], "not WebAssembly"),
        ("text", b"(component)".to_vec(), "not WebAssembly"),
        ("random bytes", random, "not WebAssembly"),
        ("a core module", wat::parse_str("(module)").unwrap(), "a component is expected"),
        ("an artifact", harness::artifact("echo").bytes().to_vec(), "not WebAssembly"),
        ("half a component", whole[..whole.len() / 2].to_vec(), ""),
        ("another layer", b"\0asm\x0d\0\x02\0".to_vec(), "not WebAssembly"),
    ];
    for (what, bytes, message) in cases {
        let error = Artifact::compile(&sandbox, &bytes).expect_err(what);
        assert!(error.to_string().contains(message), "{what}: {error}");
    }
}

#[test]
fn a_component_that_was_cut_short_is_refused_wherever_it_ends() {
    let sandbox = Sandbox::new().unwrap();
    let whole = fixtures::component("describe-loop");
    let step = whole.len() / 40;
    for at in (step..whole.len()).step_by(step) {
        let cut = Artifact::compile(&sandbox, &whole[..at]);
        assert!(cut.is_err(), "cut at {at} of {}", whole.len());
    }
}

#[test]
fn threads_and_large_memories_are_disabled() {
    let sandbox = Sandbox::new().unwrap();
    let modules = [
        ("threads", "(module (memory 1 1 shared))"),
        ("memory64", "(module (memory i64 1))"),
        ("five memories", "(module (memory 1) (memory 1) (memory 1) (memory 1) (memory 1))"),
        ("garbage collection", "(module (type (struct (field i32))))"),
        ("exceptions", "(module (tag) (func (throw 0)))"),
    ];
    for (what, module) in modules {
        let component = wat::parse_str(format!("(component (core {}", &module[1..]) + ")").unwrap();
        assert!(Artifact::compile(&sandbox, &component).is_err(), "{what}");
    }
    let plain = wat::parse_str("(component (core module (memory 1)))").unwrap();
    assert!(Artifact::compile(&sandbox, &plain).is_ok());
}

/// A string is passed from one component to another, each with its own memory.
const COMPOSED: &str = r#"
    (component
      (core module $libc
        (memory (export "memory") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0)))
      (component $callee
        (alias outer 1 $libc (core module $libc))
        (core module $code (func (export "take") (param i32 i32)))
        (core instance $libc (instantiate $libc))
        (core instance $code (instantiate $code))
        (func (export "take") (param "text" string) (canon lift (core func $code "take")
          (memory (core memory $libc "memory")) (realloc (core func $libc "realloc")))))
      (component $caller
        (import "take" (func $take (param "text" string)))
        (alias outer 1 $libc (core module $libc))
        (core instance $libc (instantiate $libc))
        (core func $take (canon lower (func $take) (memory (core memory $libc "memory"))))
        (core module $code
          (import "" "take" (func $take (param i32 i32)))
          (func (export "run") (call $take (i32.const 0) (i32.const 0))))
        (core instance $code (instantiate $code
          (with "" (instance (export "take" (func $take))))))
        (func (export "run") (canon lift (core func $code "run"))))
      (instance $callee (instantiate $callee))
      (instance $caller (instantiate $caller (with "take" (func $callee "take"))))
      (export "run" (func $caller "run")))"#;

#[test]
fn components_with_memories_of_their_own_are_composed() {
    let component = wat::parse_str(COMPOSED).unwrap();
    Artifact::compile(&Sandbox::new().unwrap(), &component).unwrap();
}

/// A component that instantiates this core module `2^doublings` times.
fn nested(module: &str, doublings: u32) -> Vec<u8> {
    let mut text = format!(
        "(component (core module $m {module}) (component $c0 (alias outer 1 $m (core module $m))
           (core instance (instantiate $m)))"
    );
    for level in 0..doublings {
        text += &format!(
            "(component $c{} (alias outer 1 $c{level} (component $c))
               (instance (instantiate $c)) (instance (instantiate $c)))",
            level + 1
        );
    }
    wat::parse_str(text + &format!("(instance (instantiate $c{doublings})))")).unwrap()
}

#[test]
fn exceeding_an_instances_limits_is_the_components_fault() {
    let sandbox = Sandbox::new().unwrap();
    let cases = [
        ("", 6, 7, "core module instances"),
        ("(memory 1)", 2, 3, "memories"),
        ("(table 1 funcref)", 5, 6, "tables"),
    ];
    for (module, most, too_many, words) in cases {
        Artifact::compile(&sandbox, &nested(module, most)).unwrap();
        let error = Artifact::compile(&sandbox, &nested(module, too_many)).unwrap_err();
        let text = format!("{error:#}");
        assert!(text.contains("transitively contains") && text.contains(words), "{text}");
    }
}
