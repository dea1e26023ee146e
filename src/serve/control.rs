//! The control socket: those who may enter its folder ask for a refresh or the
//! status, no token needed.
//!
//! In: one JSON object a line. Out: one JSON object a line, the shapes of the API.
//!
//! ```text
//! {"refresh": ["finance"], "wait": true}  →  {"run": …, "sources": […]}
//! {"refresh": ["finance"]}                →  {"run": …}
//! {"accept": "finews"}                    →  {"accepted": "finews"}
//! {"status": true}                        →  the status
//! anything that can't be done             →  {"error": "…"}
//! ```

use crate::model::{Refresher, RunReport};
use crate::serve::wire::{run_json, status_json};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{io, os::unix::fs::FileTypeExt, path::Path, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream},
};

/// A longer line is no request.
const LONGEST_LINE: u64 = 64 * 1024;
/// Who asks has this long to say what.
const PATIENCE: Duration = Duration::from_secs(10);

/// Lets a source of this name through, or says why that can't be.
type Accept = dyn Fn(&str) -> Result<(), String> + Send + Sync;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    #[serde(default)]
    refresh: Option<Vec<String>>,
    #[serde(default)]
    wait: bool,
    #[serde(default)]
    accept: Option<String>,
    #[serde(default)]
    status: bool,
}

/// Opens the socket; one that a killed daemon left behind is taken over.
///
/// # Errors
/// The folder can't be written; another program listens there, or something stands there
/// that is no socket.
pub fn listen(path: &Path) -> io::Result<UnixListener> {
    // What is wrong with the folder, binding tells.
    if let Ok(there) = std::fs::symlink_metadata(path) {
        if !there.file_type().is_socket() {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "a file stands there"));
        }
        match std::os::unix::net::UnixStream::connect(path) {
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => std::fs::remove_file(path)?,
            _ => return Err(io::Error::new(io::ErrorKind::AddrInUse, "another program listens there")),
        }
    }
    UnixListener::bind(path)
}

/// Answers until `shutdown` resolves.
pub async fn control(
    listener: UnixListener,
    refresher: Arc<dyn Refresher>,
    accept: impl Fn(&str) -> Result<(), String> + Send + Sync + 'static,
    shutdown: impl Future<Output = ()>,
) {
    let accept: Arc<Accept> = Arc::new(accept);
    tokio::pin!(shutdown);
    loop {
        let stream = tokio::select! {
            () = &mut shutdown => return,
            accepted = listener.accept() => accepted,
        };
        match stream {
            Ok((stream, _)) => {
                let (refresher, accept) = (Arc::clone(&refresher), Arc::clone(&accept));
                // Who hangs up before the answer doesn't want it any more.
                tokio::spawn(async move { answer(stream, &*refresher, &*accept).await.ok() });
            }
            Err(error) => {
                tracing::warn!(%error, "the control socket could not be answered");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

async fn answer(mut stream: UnixStream, refresher: &dyn Refresher, accept: &Accept) -> io::Result<()> {
    let (reader, mut writer) = stream.split();
    let mut line = String::new();
    let mut reader = BufReader::new(reader.take(LONGEST_LINE));
    tokio::time::timeout(PATIENCE, reader.read_line(&mut line)).await??;
    let answer = match serde_json::from_str::<Request>(&line) {
        Ok(request) => obey(request, refresher, accept).await,
        Err(error) => json!({ "error": format!("not a request: {error}") }),
    };
    writer.write_all(format!("{answer}\n").as_bytes()).await?;
    writer.shutdown().await
}

async fn obey(request: Request, refresher: &dyn Refresher, accept: &Accept) -> Value {
    if let Some(source) = request.accept {
        return match accept(&source) {
            Ok(()) => json!({ "accepted": source }),
            Err(why) => json!({ "error": why }),
        };
    }
    if request.status {
        return status_json(&refresher.status());
    }
    let Some(feeds) = request.refresh else {
        return json!({ "error": "not a request: one of `refresh`, `accept`, `status` has to be there" });
    };
    match refresher.refresh(&feeds) {
        Ok(run) => {
            if !request.wait {
                return json!({ "run": run });
            }
            refresher.wait(&run).await;
            let report = refresher.run(&run);
            run_json(&report.unwrap_or(RunReport { run, ..RunReport::default() }))
        }
        Err(error) => json!({ "error": error.to_string() }),
    }
}
