//! `strace`, which puts faults between the program and the kernel.

use crate::app::App;
use crate::until::until;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

/// Whether it is here and may trace.
pub(crate) fn is_here() -> bool {
    let tried = Command::new("strace").args(["-o", "/dev/null", "true"]).stderr(Stdio::null()).status();
    tried.is_ok_and(|status| status.success())
}

pub(crate) const MISSING: &str = "strace is not installed, or may not trace here";

/// Runs the program so that it is killed at a call, on this file alone where one is named: which
/// call and at which time, as strace has it (`fsync:signal=SIGKILL:when=3`). Whether it was; its end
/// where it was not.
pub(crate) fn killed(app: &App, arguments: &[&str], inject: &str, file: &str) -> Result<(), Output> {
    let plain = app.command(arguments);
    let call = inject.split(':').next().unwrap_or_default();
    let mut command = Command::new("strace");
    let (traced, injected) = (format!("trace={call}"), format!("inject={inject}"));
    command.args(["-f", "-o", "/dev/null", "-e", &traced, "-e", &injected]);
    if !file.is_empty() {
        command.arg("-P").arg(app.path(file));
    }
    command.arg(plain.get_program()).args(plain.get_args()).current_dir(app.folder.path()).env_clear();
    command.env("PATH", "/usr/bin:/bin").stdin(Stdio::null());
    let output = command.stdout(Stdio::null()).stderr(Stdio::piped()).output().unwrap();
    // One that ends by itself has a code of its own.
    if output.status.code().is_none() || output.status.code() == Some(137) { Ok(()) } else { Err(output) }
}

/// A fault in a running program, until it is dropped.
pub(crate) struct Fault {
    tracer: Child,
    log: PathBuf,
}

impl Fault {
    /// These calls fail in this way, on this file alone where one is given.
    pub(crate) fn attach(pid: u32, inject: &str, file: Option<&Path>, log: PathBuf) -> Self {
        let mut command = Command::new("strace");
        command.args(["-f", "-p", &pid.to_string(), "-e", &format!("inject={inject}"), "-o"]).arg(&log);
        let calls = inject.split(':').next().unwrap_or_default();
        command.args(["-e", &format!("trace={calls}")]);
        if let Some(file) = file {
            command.arg("-P").arg(file);
        }
        let tracer =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        until(Duration::from_secs(10), || is_traced(pid));
        Self { tracer, log }
    }

    /// Whether it has struck.
    pub(crate) fn struck(&self) -> bool {
        fs::read_to_string(&self.log).is_ok_and(|log| log.contains("(INJECTED)"))
    }

    /// The fault is over.
    pub(crate) fn end(mut self) {
        self.detach();
    }

    fn detach(&mut self) {
        if matches!(self.tracer.try_wait(), Ok(None)) {
            let _ = Command::new("kill").args(["-INT", &self.tracer.id().to_string()]).status();
        }
        let _ = self.tracer.wait();
    }
}

impl Drop for Fault {
    fn drop(&mut self) {
        self.detach();
    }
}

/// What a running program writes and syncs, noted until it is ended.
pub(crate) struct Noting(Child);

impl Noting {
    pub(crate) fn attach(pid: u32, log: PathBuf) -> Self {
        let mut command = Command::new("strace");
        command.args(["-f", "-y", "-xx", "-s", "10000000", "-p", &pid.to_string(), "-o"]).arg(&log);
        command.args(["-e", "trace=pwrite64,write,fsync,fdatasync,ftruncate,unlink"]);
        let tracer =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        until(Duration::from_secs(10), || is_traced(pid));
        Self(tracer)
    }

    pub(crate) fn end(mut self) {
        let _ = Command::new("kill").args(["-INT", &self.0.id().to_string()]).status();
        let _ = self.0.wait();
    }
}

/// Whether every thread is traced.
fn is_traced(pid: u32) -> bool {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else { return true };
    threads.flatten().all(|thread| {
        let status = fs::read_to_string(thread.path().join("status")).unwrap_or_default();
        !status.contains("TracerPid:\t0\n")
    })
}
