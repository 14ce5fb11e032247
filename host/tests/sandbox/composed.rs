//! Components with more than one memory: composed of others, or made by tools that compose.

use bytes::Bytes;
use obscura::gate::{Candidate, Picture, Proof, Step, Watcher, prove};
use obscura::sandbox::{Artifact, Job, Limits, Sandbox, Transform};
use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions, plug};

use crate::harness::{Basket, Guest, behave, job};
use crate::support::fixtures;

/// The output of `wac plug --plug filter.wasm <name>.wasm`: all output of the transform passes
/// through the filter, which has its own memory.
fn composed(name: &str) -> Vec<u8> {
    let mut graph = CompositionGraph::new();
    let mut register = |name: &str| {
        let bytes = fixtures::component(name);
        let package =
            Package::from_bytes(&format!("fixture:{name}"), None, bytes, graph.types_mut());
        graph.register_package(package.unwrap()).unwrap()
    };
    let (filter, transform) = (register("filter"), register(name));
    plug(&mut graph, vec![filter], transform).unwrap();
    graph.encode(EncodeOptions::default()).unwrap()
}

/// Prove a component like the publish function.
pub(crate) fn gate(component: Vec<u8>, pictures: Vec<Picture>) -> Proof {
    struct Nobody;
    impl Watcher for Nobody {
        fn step(&mut self, _: Step) {}
        fn compiled(&mut self, _: &Artifact) {}
    }
    let candidate = Candidate { component: component.into(), pictures, ..Candidate::default() };
    prove(&Sandbox::new().unwrap(), &candidate, &mut Nobody).unwrap()
}

fn load(component: &[u8]) -> Guest {
    let sandbox = Sandbox::new().unwrap();
    let artifact = Artifact::compile(&sandbox, component).unwrap();
    Guest::of(Transform::load(&sandbox, &artifact).unwrap())
}

#[test]
fn a_component_composed_of_two_passes_the_gate_and_renders() {
    let component = composed("echo");
    let proof = gate(component.clone(), Vec::new());
    assert_eq!(proof.description.name, "echo");
    assert!(proof.pictures.iter().any(|picture| picture.renditions == 1));
    let source = Bytes::from(b"\xff\xd8\xff and more".repeat(1_000));
    let trial = load(&component).read(source.clone(), "");
    let rendition = trial.rendition();
    assert_eq!(rendition.body, source);
    let filtered = ("filtered-kib".to_owned(), (source.len() / 1024).to_string());
    assert!(rendition.attributes.contains(&filtered), "{:?}", rendition.attributes);
}

#[test]
fn the_memory_limit_holds_over_all_memories_together() {
    let guest = load(&composed("hostile"));
    let large = behave("emit-large", 40, "");
    let peak = guest.run(&large, Limits::default()).run.measured.peak_memory;
    // The transform has the 40 MiB, and so does the filter, at the same time.
    let alone = Guest::hostile().run(&large, Limits::default()).run.measured.peak_memory;
    assert!(peak > alone + (40 << 20), "{peak} {alone}");
    let within = |max_memory_bytes| Limits { max_memory_bytes, ..Limits::default() };
    guest.run(&large, within(peak)).rendition();
    let trial = guest.run(&large, within(peak - 1));
    assert_eq!(trial.failure().code().as_str(), "memory-exceeded");
    assert!(trial.run.measured.peak_memory < peak);
}

#[test]
fn eight_of_them_run_at_a_time() {
    let guest = load(&composed("echo"));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            let guest = &guest;
            scope.spawn(move || {
                for _ in 0..5 {
                    let basket = Basket::default();
                    let run = guest.transform().render(Job { sink: Box::new(basket), ..job("") });
                    assert!(run.outcome.is_ok(), "{run:?}");
                }
            });
        }
    });
}

/// A whole-file transform in JavaScript, on QuickJS, and the adapter between it and the host: three
/// memories, and imports of WASI 0.2.12.
#[test]
fn a_component_of_componentize_qjs_passes_the_gate_and_renders() {
    // Built by guest/javascript/build.sh, which `just test` runs.
    let path = fixtures::workspace().join("target/components/size.wasm");
    let Ok(component) = std::fs::read(&path) else {
        assert!(std::env::var_os("REQUIRE_NODE").is_none(), "{} is missing", path.display());
        println!("skipped: {} is not built", path.display());
        return;
    };
    let mut graph = CompositionGraph::new();
    let mut register = |name: &str, bytes: Vec<u8>| {
        let package = Package::from_bytes(name, None, bytes, graph.types_mut());
        graph.register_package(package.unwrap()).unwrap()
    };
    let (size, adapter) =
        (register("a:size", component), register("a:adapter", fixtures::guest("file-adapter")));
    plug(&mut graph, vec![size], adapter).unwrap();
    let wrapped = graph.encode(EncodeOptions::default()).unwrap();
    assert!(String::from_utf8_lossy(&wrapped).contains("wasi:io/streams@0.2.12"));
    assert!(wrapped.len() < 1_300_000, "{}", wrapped.len());

    let proof = gate(wrapped.clone(), Vec::new());
    assert_eq!(proof.description.name, "size");
    assert!(proof.pictures.iter().any(|picture| picture.renditions == 1));
    let guest = load(&wrapped);
    let picture = fixtures::workspace().join("host/src/gate/golden/pictures/3000x1.png");
    let source = Bytes::from(std::fs::read(picture).unwrap());
    let trial = guest.read(source, "");
    assert_eq!(&trial.rendition().body[..], br#"{"width":3000,"height":1}"#);
    let refused = guest.read(Bytes::from_static(b"GIF89a"), "");
    assert_eq!(refused.failure().code().as_str(), "unsupported-format");
}
