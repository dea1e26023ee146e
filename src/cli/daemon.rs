//! Speaking to the running daemon over its control socket.

use crate::cli::Failure;
use crate::config::Config;
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Write},
    os::unix::net::UnixStream,
    path::PathBuf,
};

/// Asks one thing; the answer, or why there is none.
///
/// # Errors
/// No daemon listens in any of the places (they are named), or it refused.
pub(super) fn ask(config: &Config, request: &Value) -> Result<Value, Failure> {
    let mut stream = connect(&config.control.places)?;
    writeln!(stream, "{request}")?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    if line.is_empty() {
        return Err(Failure::new("the daemon ended before it answered"));
    }
    let answer: Value = serde_json::from_str(&line)?;
    match answer.get("error").and_then(Value::as_str) {
        Some(error) => Err(Failure::new(error)),
        None => Ok(answer),
    }
}

fn connect(places: &[PathBuf]) -> Result<UnixStream, Failure> {
    let mut looked = Vec::new();
    for place in places {
        match UnixStream::connect(place) {
            Ok(stream) => return Ok(stream),
            Err(error) => looked.push(format!("  {}: {}", place.display(), why(&error))),
        }
    }
    let help = "start it with `feedmill run`, or name its state directory with `--state DIR`";
    Err(Failure::new(format!("no daemon answers; looked at\n{}\n  help: {help}", looked.join("\n"))))
}

fn why(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "nothing there".into(),
        std::io::ErrorKind::ConnectionRefused => "nobody listens".into(),
        std::io::ErrorKind::PermissionDenied => "not allowed for this user".into(),
        _ => error.to_string(),
    }
}
