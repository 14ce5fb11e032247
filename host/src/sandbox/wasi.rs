//! Stub WASI: imports resolve, but grant nothing.
//!
//! Rust's standard library and the runtimes of other languages import parts of WASI 0.2 even when
//! they never call them (<https://github.com/rust-lang/rust/issues/133235>). A component may import
//! those that `imports` lists: an environment without variables, a file system without directories,
//! a fixed clock, fixed random numbers, and two output streams that go to the log. There are no
//! sockets, and no HTTP.

use wasmtime::StoreContextMut;
use wasmtime::component::{
    ComponentType, Lift, LinkerInstance, Lower, Resource, ResourceType, WasmList,
};

use super::failure::Failure;
use super::state::State;

/// The maximum size of a write to standard output or error.
const WRITE_BYTES: u64 = 64 * 1024;
/// The maximum number of random bytes per call.
const RANDOM_BYTES: u64 = 1 << 20;

/// A resource without instances.
struct Nothing;
struct InputStream;
struct OutputStream;
struct IoError;
struct Pollable;
struct Terminal;

#[derive(ComponentType, Lift, Lower)]
#[component(variant)]
enum StreamError {
    #[component(name = "last-operation-failed")]
    LastOperationFailed(Resource<IoError>),
    #[component(name = "closed")]
    Closed,
}

#[derive(ComponentType, Lift, Lower)]
#[component(record)]
struct Datetime {
    seconds: u64,
    nanoseconds: u32,
}

/// The type of a resource with this name, the same in every interface: interfaces use each other's
/// resources, and the types must be equal.
pub(super) fn resource_type(name: &str) -> ResourceType {
    match name {
        "input-stream" => ResourceType::host::<InputStream>(),
        "output-stream" => ResourceType::host::<OutputStream>(),
        "error" => ResourceType::host::<IoError>(),
        "pollable" => ResourceType::host::<Pollable>(),
        "terminal-input" | "terminal-output" => ResourceType::host::<Terminal>(),
        _ => ResourceType::host::<Nothing>(),
    }
}

type Context<'a> = StoreContextMut<'a, State>;
type Written = Result<(Result<(), StreamError>,), wasmtime::Error>;

/// Define the functions of an interface that are used, and return their names.
pub(super) fn define(
    interface: &str,
    linker: &mut LinkerInstance<'_, State>,
) -> wasmtime::Result<&'static [&'static str]> {
    match interface {
        "wasi:cli/environment" => {
            linker.func_wrap("get-environment", |mut cx: Context<'_>, ()| {
                cx.data_mut().ask("wasi:cli/environment");
                Ok((Vec::<(String, String)>::new(),))
            })?;
            linker.func_wrap("get-arguments", |_: Context<'_>, ()| Ok((Vec::<String>::new(),)))?;
            linker.func_wrap("initial-cwd", |_: Context<'_>, ()| Ok((None::<String>,)))?;
            Ok(&["get-environment", "get-arguments", "initial-cwd"])
        }
        "wasi:cli/exit" => {
            linker.func_wrap("exit", |mut cx: Context<'_>, (status,): (Result<(), ()>,)| {
                let how = if status.is_ok() { "success" } else { "failure" };
                let message = format!("it called exit ({how}) instead of returning");
                Err::<(), _>(cx.data_mut().stop(Failure::Trapped(message)))
            })?;
            Ok(&["exit"])
        }
        "wasi:cli/stdin" => {
            linker.func_wrap("get-stdin", |_: Context<'_>, ()| {
                Ok((Resource::<InputStream>::new_own(0),))
            })?;
            Ok(&["get-stdin"])
        }
        "wasi:cli/stdout" => {
            linker.func_wrap("get-stdout", |_: Context<'_>, ()| {
                Ok((Resource::<OutputStream>::new_own(1),))
            })?;
            Ok(&["get-stdout"])
        }
        "wasi:cli/stderr" => {
            linker.func_wrap("get-stderr", |_: Context<'_>, ()| {
                Ok((Resource::<OutputStream>::new_own(2),))
            })?;
            Ok(&["get-stderr"])
        }
        "wasi:cli/terminal-stdin" => no_terminal(linker, "get-terminal-stdin"),
        "wasi:cli/terminal-stdout" => no_terminal(linker, "get-terminal-stdout"),
        "wasi:cli/terminal-stderr" => no_terminal(linker, "get-terminal-stderr"),
        "wasi:cli/terminal-input" => resource::<Terminal>(linker, "terminal-input"),
        "wasi:cli/terminal-output" => resource::<Terminal>(linker, "terminal-output"),
        "wasi:io/error" => resource::<IoError>(linker, "error"),
        "wasi:io/poll" => poll(linker),
        "wasi:io/streams" => streams(linker),
        "wasi:clocks/monotonic-clock" => monotonic_clock(linker),
        "wasi:clocks/wall-clock" => {
            let zero = || Datetime { seconds: 0, nanoseconds: 0 };
            linker.func_wrap("now", move |_: Context<'_>, ()| Ok((zero(),)))?;
            linker.func_wrap("resolution", move |_: Context<'_>, ()| {
                Ok((Datetime { seconds: 1, nanoseconds: 0 },))
            })?;
            Ok(&["now", "resolution"])
        }
        "wasi:filesystem/preopens" => {
            linker.func_wrap("get-directories", |mut cx: Context<'_>, ()| {
                cx.data_mut().ask("wasi:filesystem/preopens");
                Ok((Vec::<(Resource<Nothing>, String)>::new(),))
            })?;
            Ok(&["get-directories"])
        }
        "wasi:random/random" => {
            random(linker, "get-random-bytes", "get-random-u64")?;
            Ok(&["get-random-bytes", "get-random-u64"])
        }
        "wasi:random/insecure" => {
            random(linker, "get-insecure-random-bytes", "get-insecure-random-u64")?;
            Ok(&["get-insecure-random-bytes", "get-insecure-random-u64"])
        }
        "wasi:random/insecure-seed" => {
            linker.func_wrap("insecure-seed", |_: Context<'_>, ()| Ok(((0_u64, 0_u64),)))?;
            Ok(&["insecure-seed"])
        }
        _ => Ok(&[]),
    }
}

fn resource<T: 'static>(
    linker: &mut LinkerInstance<'_, State>,
    name: &'static str,
) -> wasmtime::Result<&'static [&'static str]> {
    linker.resource(name, ResourceType::host::<T>(), |_, _| Ok(()))?;
    Ok(match name {
        "error" => &["error"],
        "terminal-input" => &["terminal-input"],
        _ => &["terminal-output"],
    })
}

fn no_terminal(
    linker: &mut LinkerInstance<'_, State>,
    name: &'static str,
) -> wasmtime::Result<&'static [&'static str]> {
    linker.func_wrap(name, |_: Context<'_>, ()| Ok((None::<Resource<Terminal>>,)))?;
    Ok(match name {
        "get-terminal-stdin" => &["get-terminal-stdin"],
        "get-terminal-stdout" => &["get-terminal-stdout"],
        _ => &["get-terminal-stderr"],
    })
}

/// Everything is always ready.
fn poll(linker: &mut LinkerInstance<'_, State>) -> wasmtime::Result<&'static [&'static str]> {
    linker.resource("pollable", ResourceType::host::<Pollable>(), |_, _| Ok(()))?;
    linker.func_wrap("[method]pollable.ready", |_, (_,): (Resource<Pollable>,)| Ok((true,)))?;
    linker.func_wrap("[method]pollable.block", |_, (_,): (Resource<Pollable>,)| Ok(()))?;
    linker.func_wrap("poll", |_, (all,): (Vec<Resource<Pollable>>,)| {
        let count = u32::try_from(all.len()).unwrap_or(u32::MAX);
        Ok(((0..count).collect::<Vec<u32>>(),))
    })?;
    Ok(&["pollable", "[method]pollable.ready", "[method]pollable.block", "poll"])
}

fn streams(linker: &mut LinkerInstance<'_, State>) -> wasmtime::Result<&'static [&'static str]> {
    linker.resource("input-stream", ResourceType::host::<InputStream>(), |_, _| Ok(()))?;
    linker.resource("output-stream", ResourceType::host::<OutputStream>(), |_, _| Ok(()))?;
    for name in ["[method]input-stream.read", "[method]input-stream.blocking-read"] {
        linker.func_wrap(name, |_, (_, _): (Resource<InputStream>, u64)| {
            Ok((Err::<Vec<u8>, StreamError>(StreamError::Closed),))
        })?;
    }
    linker.func_wrap("[method]input-stream.subscribe", |_, (_,): (Resource<InputStream>,)| {
        Ok((Resource::<Pollable>::new_own(0),))
    })?;
    linker
        .func_wrap("[method]output-stream.check-write", |_, (_,): (Resource<OutputStream>,)| {
            Ok((Ok::<u64, StreamError>(WRITE_BYTES),))
        })?;
    for name in ["[method]output-stream.write", "[method]output-stream.blocking-write-and-flush"] {
        linker.func_wrap(
            name,
            |mut cx: Context<'_>, (_, bytes): (Resource<OutputStream>, WasmList<u8>)| -> Written {
                // Both streams go to one log. The data is read in place: only the kept part is
                // copied.
                if bytes.len() as u64 > WRITE_BYTES {
                    return Err(wasmtime::Error::msg(format!(
                        "it wrote {} bytes at once, where `check-write` allows {WRITE_BYTES}",
                        bytes.len()
                    )));
                }
                let written = bytes.as_le_slice(&cx);
                let kept = written.get(..cx.data().log_room()).unwrap_or(written).to_vec();
                cx.data_mut().write_log(&kept);
                Ok((Ok(()),))
            },
        )?;
    }
    for name in ["[method]output-stream.flush", "[method]output-stream.blocking-flush"] {
        linker
            .func_wrap(name, |_, (_,): (Resource<OutputStream>,)| -> Written { Ok((Ok(()),)) })?;
    }
    linker.func_wrap("[method]output-stream.subscribe", |_, (_,): (Resource<OutputStream>,)| {
        Ok((Resource::<Pollable>::new_own(0),))
    })?;
    Ok(&[
        "input-stream",
        "output-stream",
        "[method]input-stream.read",
        "[method]input-stream.blocking-read",
        "[method]input-stream.subscribe",
        "[method]output-stream.check-write",
        "[method]output-stream.write",
        "[method]output-stream.blocking-write-and-flush",
        "[method]output-stream.flush",
        "[method]output-stream.blocking-flush",
        "[method]output-stream.subscribe",
    ])
}

/// The clock is fixed, so every wait ends at once.
fn monotonic_clock(
    linker: &mut LinkerInstance<'_, State>,
) -> wasmtime::Result<&'static [&'static str]> {
    linker.func_wrap("now", |_: Context<'_>, ()| Ok((0_u64,)))?;
    linker.func_wrap("resolution", |_: Context<'_>, ()| Ok((1_u64,)))?;
    for name in ["subscribe-instant", "subscribe-duration"] {
        linker.func_wrap(name, |_, (_,): (u64,)| Ok((Resource::<Pollable>::new_own(0),)))?;
    }
    Ok(&["now", "resolution", "subscribe-instant", "subscribe-duration"])
}

/// Random numbers are the same in every instance, so that renditions are deterministic.
fn random(
    linker: &mut LinkerInstance<'_, State>,
    bytes: &str,
    number: &str,
) -> wasmtime::Result<()> {
    linker.func_wrap(bytes, |mut cx: Context<'_>, (length,): (u64,)| {
        if length > RANDOM_BYTES {
            return Err(wasmtime::Error::msg(format!("more than {RANDOM_BYTES} random bytes")));
        }
        let state = cx.data_mut();
        let words = (0..length.div_ceil(8)).flat_map(|_| next_random(state).to_le_bytes());
        Ok((words.take(usize::try_from(length)?).collect::<Vec<u8>>(),))
    })?;
    linker.func_wrap(number, |mut cx: Context<'_>, ()| Ok((next_random(cx.data_mut()),)))
}

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators", 2014).
fn next_random(state: &mut State) -> u64 {
    state.random = state.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = state.random;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
