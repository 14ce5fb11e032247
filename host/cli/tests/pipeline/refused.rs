//! Components that must not become active: each is refused with its own code, and the active one
//! continues to serve.

use bytes::Bytes;
use obscura::code::Code;
use obscura::gate::{Bounds, Candidate, ProveError, Prover};
use obscura::publish::Outcome;
use obscura::sandbox::ENGINE_ID;

use crate::publish::{report, stored, well};
use crate::stage::pictures::jpeg;
use crate::stage::{COMPONENTS, component, tuned};

/// Exports an empty instance of the right name.
const EXPORT: &str = r#"
    (component $empty)
    (instance $it (instantiate $empty))
    (export "obscura:transform/transformer@1.0.0" (instance $it))
"#;

fn text(parts: &str) -> Vec<u8> {
    wat::parse_str(format!("(component {parts} {EXPORT})")).unwrap()
}

fn importing(name: &str) -> Vec<u8> {
    text(&format!("(import \"{name}\" (instance))"))
}

/// Instantiates a core module this many times.
fn instances(module: &str, count: usize) -> Vec<u8> {
    let instances = "(core instance (instantiate $m))".repeat(count);
    text(&format!("(core module $m {module}) {instances}"))
}

/// Each nested component instantiates the previous one twice: 2^levels in total.
fn nested(levels: u32) -> Vec<u8> {
    let mut parts = "(core module $m) (component $c0 (alias outer 1 $m (core module $m))
        (core instance (instantiate $m)))"
        .to_owned();
    for level in 0..levels {
        parts += &format!(
            "(component $c{} (alias outer 1 $c{level} (component $c))
               (instance (instantiate $c)) (instance (instantiate $c)))",
            level + 1
        );
    }
    text(&(parts + &format!("(instance (instantiate $c{levels}))")))
}

/// A component in a component, and so on.
fn deep(levels: usize) -> String {
    "(component ".repeat(levels) + &")".repeat(levels)
}

/// The fault, the code, and the file.
fn hostile(artifact: Vec<u8>) -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let tuned = |behaviour| tuned(behaviour, "hostile", "6.6.6");
    let whole = component("fixture-hostile");
    let half = whole[..whole.len() / 2].to_vec();
    let large = format!("(core module (func {}))", "nop ".repeat(1 << 20));
    vec![
        ("no bytes", "component-empty", vec![]),
        ("a text", "not-webassembly", b"#!/bin/sh\nexit 0\n".to_vec()),
        ("a core module", "core-module", wat::parse_str("(module)").unwrap()),
        ("compiled code", "compiled-artifact", artifact),
        ("half of it", "component-malformed", half),
        ("a version of WebAssembly to come", "component-malformed", b"\0asm\x0e\0\x01\0".to_vec()),
        ("tcp", "import-not-allowed", importing("wasi:sockets/tcp@0.2.0")),
        ("udp", "import-not-allowed", importing("wasi:sockets/udp@0.2.6")),
        ("http", "import-not-allowed", importing("wasi:http/outgoing-handler@0.2.6")),
        ("run", "import-not-allowed", importing("wasi:cli/run@0.2.6")),
        ("another version", "import-not-allowed", importing("wasi:cli/environment@0.3.0")),
        ("a longer name", "import-not-allowed", importing("wasi:io/streams-extra@0.2.0")),
        ("a stranger", "import-not-allowed", importing("evil:package/interface@1.0.0")),
        ("a later contract", "import-not-allowed", importing("obscura:transform/input@2.0.0")),
        ("another world", "world-mismatch", wat::parse_str("(component)").unwrap()),
        ("an empty world", "world-mismatch", text("")),
        ("another contract", "contract-version-unsupported", {
            let export = EXPORT.replace("@1.0.0", "@2.0.0");
            wat::parse_str(format!("(component {export})")).unwrap()
        }),
        ("huge memory", "memory-too-large", instances("(memory 20000)", 1)),
        ("huge table", "table-too-large", text("(core module (table 2000000 funcref))")),
        ("many modules", "too-many-parts", text(&"(core module)".repeat(70))),
        ("five memories", "too-many-parts", instances("(memory 1)", 5)),
        ("many instances", "too-many-parts", instances("", 65)),
        ("many tables", "too-many-parts", instances("(table 1 funcref)", 49)),
        ("instances of instances", "too-many-parts", nested(40)),
        ("nested deeply", "too-many-parts", text(&deep(17))),
        ("nested more deeply", "too-many-parts", text(&deep(90))),
        ("many types", "too-many-parts", text(&"(type (func))".repeat(50_001))),
        ("a media type for scripts", "media-type-not-allowed", tuned("plan-script")),
        ("a script called a picture", "media-type-wrong", tuned("emit-script")),
        ("a huge function", "code-too-large", text(&large)),
        ("64-bit memory", "component-invalid", text("(core module (memory i64 1))")),
        ("a start that loops", "time-exceeded", tuned("start-loop")),
        ("describe traps", "transform-trapped", tuned("describe-trap")),
        ("describe differs", "not-deterministic", tuned("describe-differs")),
        ("plan differs", "not-deterministic", tuned("plan-differs")),
        ("depends on the key", "not-deterministic", tuned("emit-key")),
        ("no schema", "schema-invalid", tuned("schema-broken")),
        ("a schema elsewhere", "schema-invalid", tuned("schema-elsewhere")),
        ("wrong defaults", "defaults-invalid", tuned("defaults-broken")),
        ("nothing planned", "plan-empty", tuned("plan-nothing")),
        ("planned otherwise", "plan-mismatch", tuned("emit-twice")),
        ("takes all memory", "memory-exceeded", tuned("allocate")),
        ("wrong dimensions", "dimensions-wrong", tuned("emit-wrong-dimensions")),
        ("wrong media type", "media-type-wrong", tuned("emit-wrong-bytes")),
        ("cut short", "rendition-malformed", tuned("emit-cut")),
        ("renders nothing", "nothing-rendered", tuned("refuse-all")),
        ("a path for a name", "description-invalid", self::tuned("well", "../hostile", "6.6.6")),
        ("no version", "description-invalid", self::tuned("well", "hostile", "latest")),
        ("another name", "name-mismatch", self::tuned("well", "resize", "6.6.6")),
        ("a version again", "version-taken", self::tuned("several", "hostile", "1.0.0")),
    ]
}

#[tokio::test]
async fn each_hostile_component_has_its_code_and_the_active_one_serves_throughout() {
    let (stage, digest) = well().await;
    let artifact = stored(&stage, &format!("transforms/hostile/{digest}/{ENGINE_ID}.cwasm")).await;
    let cases = hostile(artifact.unwrap().to_vec());
    for (number, (_, _, wasm)) in cases.iter().enumerate() {
        stage.put(COMPONENTS, &format!("incoming/hostile/{number}.wasm"), wasm.clone()).await;
        stage.put("source", &format!("{number}.jpg"), jpeg("x")).await;
    }
    let elsewhere = [
        "incoming/Hostile/x.wasm",
        "incoming/hostile/beta/x.wasm",
        "incoming/x.wasm",
        "incoming/../x.wasm",
        "incoming/hostile/../../transforms/x.wasm",
    ];
    for key in elsewhere {
        stage.put(COMPONENTS, key, "x").await;
    }
    stage.local.idle().await;
    for key in elsewhere {
        assert_eq!(
            report(&stage, key).await.unwrap().problem().map(Code::as_str),
            Some("upload-key-invalid"),
            "{key}"
        );
    }
    for (number, (what, code, _)) in cases.iter().enumerate() {
        let report = report(&stage, &format!("incoming/hostile/{number}.wasm")).await.unwrap();
        assert_eq!(report.problem().map(Code::as_str), Some(*code), "{what}: {report:?}");
        assert_eq!((report.outcome, report.active), (Outcome::Refused, Some(digest)), "{what}");
        let refusal = report.refusal.unwrap();
        assert!(refusal.message.len() > 10 && refusal.remedy.len() > 10, "{what}: {refusal:?}");
        let manifest = stage.manifest(&format!("{number}.jpg")).await;
        assert_eq!(manifest["steps"][0]["transform"]["digest"], digest.to_string(), "{what}");
    }
    stage.upload("after.jpg", jpeg("x")).await;
    assert_eq!(
        stage.manifest("after.jpg").await["steps"][0]["transform"]["digest"],
        digest.to_string()
    );
    assert_eq!((stage.dead_letters(), stage.started().len()), (0, 1));
    println!("{} hostile components refused", cases.len() + elsewhere.len());
}

/// The code of a component's refusal, within time and memory limits.
fn code(component: Vec<u8>, bounds: Bounds) -> String {
    let candidate = Candidate { component: Bytes::from(component), ..Candidate::default() };
    let prover = Prover::new(env!("CARGO_BIN_EXE_obscura")).within(bounds);
    match prover.prove(&candidate, None, |_| {}) {
        Err(ProveError::Refused(refusal)) => refusal.code.to_string(),
        Err(fault) => panic!("{fault}"),
        Ok(proved) => panic!("it passed: {:?}", proved.proof.steps),
    }
}

#[test]
fn a_compiler_that_takes_too_long_or_too_much_is_stopped() {
    let bounds = Bounds::default();
    let hasty = Bounds { compile: std::time::Duration::from_millis(50), ..bounds };
    assert_eq!(code(component("resize"), hasty), "compile-time-exceeded");
    let tight = Bounds { memory: 40 << 20, ..bounds };
    assert_eq!(code(component("resize"), tight), "compile-memory-exceeded");
}

/// A third of a megabyte of WebAssembly for which the compiler needs gigabytes: one function with
/// as many branches as variables, each of which can reach every join.
fn compile_bomb() -> Vec<u8> {
    const SIZE: usize = 20_000;
    let step = |n: usize| {
        let (a, b) = (1 + n * 7 % SIZE, 1 + (n * 13 + 5) % SIZE);
        let sum = format!("(i64.add (local.get {a}) (local.get {b}))");
        format!("(block (br_if 0 (local.get 0)) (local.set {} {sum}))", 1 + n)
    };
    let locals = "i64 ".repeat(SIZE);
    let steps: String = (0..SIZE).map(step).collect();
    let module = format!("(module (func (param i32) (local {locals}) {steps}))");
    let module = wat::parse_str(module).unwrap();
    // A component's sections can be in any order: another core module is appended.
    let mut bomb = component("resize");
    bomb.push(1);
    let mut length = module.len();
    while length >= 0x80 {
        bomb.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    bomb.push(length as u8);
    bomb.extend(module);
    bomb
}

#[test]
#[ignore = "a quarter of a minute of compiling"]
fn stress_a_compile_bomb_is_stopped_by_the_bounds_that_hold_in_production() {
    let started = std::time::Instant::now();
    assert_eq!(code(compile_bomb(), Bounds::default()), "compile-memory-exceeded");
    println!("a compile bomb was stopped after {:.1} s", started.elapsed().as_secs_f64());
}
