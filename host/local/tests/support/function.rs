//! A function for the tests, which implements the Runtime API with only the standard library.
//!
//! Its behaviour is set by the event's `do`, or else by the variable `DO`; that at the start by the
//! variable `INIT`.

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let api = std::env::var("AWS_LAMBDA_RUNTIME_API")?;
    match std::env::var("INIT").as_deref() {
        Ok("error") => {
            let error = json!({ "errorType": "Test.Init", "errorMessage": "cannot start" });
            post(&api, "init/error", &error)?;
            std::process::exit(1);
        }
        Ok("crash") => std::process::exit(3),
        Ok("hang") => std::thread::sleep(Duration::from_secs(3600)),
        _ => {}
    }
    println!("started with {} variables", std::env::vars().count());
    loop {
        let (headers, body) = request(&api, "GET", "invocation/next", "")?;
        let event: Value = serde_json::from_str(&body)?;
        let header = |name: &str| {
            let found = headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let id = header("lambda-runtime-aws-request-id");
        println!("{event}");
        let action = event.get("do").and_then(Value::as_str).map(str::to_owned);
        let action = action.or_else(|| std::env::var("DO").ok());
        match act(action.as_deref().unwrap_or("echo"), &event, &header) {
            Ok(answer) => post(&api, &format!("invocation/{id}/response"), &answer)?,
            Err(error) => post(&api, &format!("invocation/{id}/error"), &error)?,
        }
    }
}

fn act(action: &str, event: &Value, header: &dyn Fn(&str) -> String) -> Result<Value, Value> {
    let path = || event.get("path").and_then(Value::as_str).map(str::to_owned);
    let path = || path().or_else(|| std::env::var("DO_PATH").ok());
    match action {
        "echo" => Ok(event.clone()),
        "fail" => Err(json!({ "errorType": "Test.Failed", "errorMessage": "as asked" })),
        // Fails until the path exists.
        "fail-until" if path().is_some_and(|path| Path::new(&path).exists()) => Ok(Value::Null),
        "fail-until" => Err(json!({ "errorType": "Test.Failed", "errorMessage": "not yet" })),
        "crash" => std::process::exit(7),
        "abort" => std::process::abort(),
        "hang" => loop {
            std::thread::sleep(Duration::from_secs(3600));
        },
        "sleep" => {
            std::thread::sleep(Duration::from_millis(
                event.get("ms").and_then(Value::as_u64).unwrap_or(300),
            ));
            Ok(json!(std::process::id()))
        }
        "pid" => Ok(json!(std::process::id())),
        "env" => Ok(std::env::vars().map(|(name, value)| (name, Value::String(value))).collect()),
        "headers" => Ok(json!({
            "deadline": header("lambda-runtime-deadline-ms"),
            "arn": header("lambda-runtime-invoked-function-arn"),
            "trace": header("lambda-runtime-trace-id"),
            "id": header("lambda-runtime-aws-request-id"),
        })),
        // As a function URL: the last part of the path sets the behaviour.
        "http" => http(event),
        // As an SQS handler that fails for messages whose body says so.
        "batch" => {
            let records = event.get("Records").and_then(Value::as_array);
            let failed = records.into_iter().flatten().filter(|record| {
                let body = record.get("body").and_then(Value::as_str);
                body.is_some_and(|body| body.contains("bad"))
            });
            let failed: Vec<Value> =
                failed.map(|record| json!({ "itemIdentifier": record.get("messageId") })).collect();
            Ok(json!({ "batchItemFailures": failed }))
        }
        other => Err(json!({ "errorType": "Test.Unknown", "errorMessage": other })),
    }
}

fn http(event: &Value) -> Result<Value, Value> {
    let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let path = text("/rawPath");
    let answer = |status: u16, cache_control: &str| {
        json!({
            "statusCode": status,
            "headers": {
                "content-type": "text/plain",
                "cache-control": cache_control,
                "etag": format!("\"{}\"", text("/headers/accept").len()),
                "vary": "Accept",
                "x-process": std::process::id(),
            },
            "body": format!("{path} {}", text("/headers/accept")),
        })
    };
    match path.rsplit('/').next().unwrap_or_default() {
        "fail" => Err(json!({ "errorType": "Test.Failed", "errorMessage": "secret detail" })),
        "crash" => std::process::exit(7),
        "hang" => loop {
            std::thread::sleep(Duration::from_secs(3600));
        },
        "slow" => {
            std::thread::sleep(Duration::from_millis(500));
            Ok(answer(200, "max-age=60"))
        }
        "missing" => Ok(answer(404, "max-age=60")),
        "uncached" => Ok(answer(200, "no-store")),
        // Succeeds until the path exists, then fails.
        "brief" => match std::env::var("DO_PATH") {
            Ok(broken) if Path::new(&broken).exists() => std::process::exit(7),
            _ => Ok(answer(200, "max-age=1")),
        },
        "unreadable" => Ok(json!({ "statusCode": "many" })),
        "injected" => Ok(json!({ "statusCode": 200, "headers": { "x": "a\r\nset-cookie: b" } })),
        _ => Ok(answer(200, "max-age=60")),
    }
}

fn post(api: &str, path: &str, body: &Value) -> Result<(), Box<dyn Error>> {
    request(api, "POST", path, &body.to_string()).map(|_| ())
}

type Answer = (Vec<(String, String)>, String);

fn request(api: &str, method: &str, path: &str, body: &str) -> Result<Answer, Box<dyn Error>> {
    let mut stream = TcpStream::connect(api)?;
    write!(
        stream,
        "{method} /2018-06-01/runtime/{path} HTTP/1.1\r\nhost: {api}\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut reader = BufReader::new(stream);
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err("the Runtime API hung up".into());
        }
        match line.trim_end() {
            "" => break,
            line => {
                if let Some((name, value)) = line.split_once(':') {
                    headers.push((name.to_owned(), value.trim().to_owned()));
                }
            }
        }
    }
    let mut body = String::new();
    reader.read_to_string(&mut body)?;
    Ok((headers, body))
}
