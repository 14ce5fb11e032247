//! Serves a folder, and runs a program on what is put into the bucket `source`.
//!
//! `cargo run -p obscura-local --example serve -- FOLDER [PORT [PROGRAM]]`

use obscura_local::{DEFAULT_PORT, Function, Local, Rule};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let folder = args.next().ok_or("usage: serve FOLDER [PORT [PROGRAM]]")?;
    let port = args.next().map_or(Ok(DEFAULT_PORT), |port| port.parse())?;
    let mut builder = Local::builder(folder)
        .port(port)
        .bucket("source")
        .bucket("destination")
        .logs(|function, line| println!("{function}: {line}"));
    if let Some(program) = args.next() {
        builder = builder
            .function(Function::new("function", program))
            .notify(Rule::new("source", "function"));
    }
    let local = builder.start().await?;
    println!("AWS_ENDPOINT_URL={}", local.endpoint());
    println!("AWS_ACCESS_KEY_ID={}", local.credentials().access_key_id);
    println!("AWS_SECRET_ACCESS_KEY={}", local.credentials().secret_access_key);
    println!("AWS_REGION={}", local.region());
    let mut events = local.events();
    loop {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => break,
            Ok(event) = events.recv() => println!("{event:?}"),
        }
    }
    local.shutdown().await;
    Ok(())
}
