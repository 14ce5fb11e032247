//! Functions run as Lambda runs them.

use std::collections::HashSet;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use obscura_local::{Event, Function, FunctionErrorKind, Local};
use serde_json::{Value, json};

use crate::{builder, function};

async fn serve(folder: &tempfile::TempDir, function: Function) -> Local {
    builder(folder.path()).function(function).start().await.unwrap()
}

async fn invoke(local: &Local, payload: Value) -> Value {
    local.lambda().invoke("f", &payload).await.unwrap()
}

fn alive(pid: u32) -> bool {
    std::path::Path::new(&format!("/proc/{pid}/exe")).exists()
}

#[tokio::test]
async fn one_environment_stays_warm() {
    let folder = tempfile::tempdir().unwrap();
    let local = serve(&folder, function("echo")).await;
    let mut events = local.events();
    assert_eq!(invoke(&local, json!({ "a": [1, "ü"] })).await, json!({ "a": [1, "ü"] }));
    let pid = invoke(&local, json!({ "do": "pid" })).await;
    assert_eq!(invoke(&local, json!({ "do": "pid" })).await, pid);
    let mut started = 0;
    while let Ok(event) = events.try_recv() {
        started += usize::from(matches!(event, Event::EnvironmentStarted { .. }));
    }
    assert_eq!(started, 1);
}

#[tokio::test]
async fn an_invocation_has_lambdas_headers() {
    let folder = tempfile::tempdir().unwrap();
    let mut function = function("headers");
    function.timeout = Duration::from_secs(9);
    let local = serve(&folder, function).await;
    let headers = invoke(&local, Value::Null).await;
    let text = |name: &str| headers.get(name).unwrap().as_str().unwrap().to_owned();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let left = text("deadline").parse::<u128>().unwrap() - now;
    assert!((7_000..=9_000).contains(&left), "{left}");
    assert_eq!(text("arn"), "arn:aws:lambda:us-east-1:000000000000:function:f");
    assert!(text("trace").starts_with("Root=1-"));
    assert_eq!(text("id").len(), 36);
}

#[tokio::test]
async fn a_function_sees_lambdas_variables_and_none_of_ours() {
    let folder = tempfile::tempdir().unwrap();
    let local = serve(&folder, function("env")).await;
    let variables = invoke(&local, Value::Null).await;
    let text = |name: &str| variables.get(name).and_then(Value::as_str);
    assert_eq!(text("AWS_LAMBDA_FUNCTION_NAME"), Some("f"));
    assert_eq!(text("AWS_LAMBDA_FUNCTION_VERSION"), Some("$LATEST"));
    assert_eq!(text("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"), Some("1769"));
    assert_eq!(text("AWS_REGION"), Some("us-east-1"));
    assert_eq!(text("AWS_ACCESS_KEY_ID"), Some("local"));
    assert_eq!(text("AWS_ENDPOINT_URL_S3"), Some(local.endpoint().as_str()));
    assert_eq!(text("DO"), Some("env"));
    for name in ["HOME", "CARGO_MANIFEST_DIR", "CARGO"] {
        assert!(std::env::var_os(name).is_none() || text(name).is_none(), "{name}");
    }
}

#[tokio::test]
async fn a_handlers_error_is_its_own_and_the_environment_lives() {
    let folder = tempfile::tempdir().unwrap();
    let local = serve(&folder, function("echo")).await;
    let pid = invoke(&local, json!({ "do": "pid" })).await;
    let error = local.lambda().invoke("f", &json!({ "do": "fail" })).await.unwrap_err();
    assert_eq!(error.kind, FunctionErrorKind::Handler);
    assert_eq!((error.error_type.as_str(), error.message.as_str()), ("Test.Failed", "as asked"));
    assert_eq!(invoke(&local, json!({ "do": "pid" })).await, pid);
}

#[tokio::test]
async fn a_crash_fails_the_invocation_and_the_next_has_a_new_environment() {
    let folder = tempfile::tempdir().unwrap();
    let local = serve(&folder, function("echo")).await;
    let pid = invoke(&local, json!({ "do": "pid" })).await;
    for (action, said) in [("crash", "exit status: 7"), ("abort", "signal: 6")] {
        let error = local.lambda().invoke("f", &json!({ "do": action })).await.unwrap_err();
        assert_eq!(error.kind, FunctionErrorKind::Exit);
        assert_eq!(error.error_type, "Runtime.ExitError");
        assert!(error.message.contains(said), "{error}");
    }
    assert_ne!(invoke(&local, json!({ "do": "pid" })).await, pid);
}

#[tokio::test]
async fn an_idle_environment_that_was_killed_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let local = serve(&folder, function("echo")).await;
    let pid = invoke(&local, json!({ "do": "pid" })).await;
    let kill = std::process::Command::new("kill").args(["-9", &pid.to_string()]).status();
    assert!(kill.unwrap().success());
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_ne!(invoke(&local, json!({ "do": "pid" })).await, pid);
}

#[tokio::test]
async fn an_overrun_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let mut function = function("echo");
    function.timeout = Duration::from_millis(300);
    let local = serve(&folder, function).await;
    let pid = invoke(&local, json!({ "do": "pid" })).await;
    let started = Instant::now();
    let error = local.lambda().invoke("f", &json!({ "do": "hang" })).await.unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(60));
    assert_eq!(error.kind, FunctionErrorKind::Timeout);
    assert!(error.message.ends_with("Task timed out after 0.30 seconds"), "{error}");
    assert!(!alive(pid.as_u64().unwrap().try_into().unwrap()));
    assert_ne!(invoke(&local, json!({ "do": "pid" })).await, pid);
}

#[tokio::test]
async fn a_function_that_cannot_start_is_reported_and_not_restarted_forever() {
    for (init, error_type, said) in [
        ("error", "Test.Init", "cannot start"),
        ("crash", "Runtime.InitError", "exit status: 3"),
        ("hang", "Runtime.InitError", "within 0.30 seconds"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut function = function("echo");
        function.env.push(("INIT".to_owned(), init.to_owned()));
        function.init_timeout = Duration::from_millis(300);
        let local = serve(&folder, function).await;
        let started = Instant::now();
        for _ in 0..3 {
            let error = local.lambda().invoke("f", &Value::Null).await.unwrap_err();
            assert_eq!(error.kind, FunctionErrorKind::Init);
            assert_eq!(error.error_type, error_type);
            assert!(error.message.contains(said), "{error}");
        }
        // The back-off: 100 ms before the second start, 200 before the third.
        assert!(started.elapsed() >= Duration::from_millis(300));
    }
}

#[tokio::test]
async fn a_program_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let local = serve(&folder, Function::new("f", "/nowhere/bootstrap")).await;
    let error = local.lambda().invoke("f", &Value::Null).await.unwrap_err();
    assert!(error.message.contains("/nowhere/bootstrap"), "{error}");
}

#[tokio::test]
async fn as_many_environments_as_the_concurrency_work_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut function = function("sleep");
    function.concurrency = 3;
    let local = serve(&folder, function).await;
    let payload = json!({ "ms": 1000 });
    let invocations = (0..9).map(|_| local.lambda().invoke("f", &payload));
    let started = Instant::now();
    let pids = futures::future::try_join_all(invocations).await.unwrap();
    let pids: HashSet<u64> = pids.iter().map(|pid| pid.as_u64().unwrap()).collect();
    assert_eq!(pids.len(), 3);
    assert!(started.elapsed() >= Duration::from_secs(3));
    assert!(started.elapsed() < Duration::from_secs(9));
}

#[tokio::test]
async fn nothing_outlives_a_shutdown() {
    let folder = tempfile::tempdir().unwrap();
    let local = serve(&folder, function("echo")).await;
    let pid = invoke(&local, json!({ "do": "pid" })).await;
    let pid = pid.as_u64().unwrap().try_into().unwrap();
    assert!(alive(pid));
    local.shutdown().await;
    assert!(!alive(pid));
}

#[tokio::test]
async fn nothing_outlives_a_server_that_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let local = serve(&folder, function("echo")).await;
    let pid = invoke(&local, json!({ "do": "pid" })).await;
    let pid = pid.as_u64().unwrap().try_into().unwrap();
    drop(local);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!alive(pid));
}

#[tokio::test]
async fn a_shutdown_asks_first_and_reaches_what_the_function_started() {
    let folder = tempfile::tempdir().unwrap();
    // The shell is the environment's process, and the function is its child.
    let mut function = Function::new("f", "/bin/sh");
    let script = "trap 'echo asked to end; exit' TERM; \"$PROGRAM\" & wait";
    function.args = vec!["-c".to_owned(), script.to_owned()];
    let program = env!("CARGO_BIN_EXE_obscura-local-test-function").to_owned();
    function.env = vec![("PROGRAM".to_owned(), program)];
    let lines = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let sink = lines.clone();
    let local = builder(folder.path())
        .function(function)
        .logs(move |_, line| sink.lock().unwrap().push(line.to_owned()))
        .start()
        .await
        .unwrap();
    let pid = invoke(&local, json!({ "do": "pid" })).await;
    local.shutdown().await;
    assert!(!alive(pid.as_u64().unwrap().try_into().unwrap()));
    let lines = lines.lock().unwrap();
    assert!(lines.iter().any(|line| line == "asked to end"), "{lines:?}");
}
