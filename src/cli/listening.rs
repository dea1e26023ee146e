//! Where the daemon listens: what systemd hands over, else what the config says.
//!
//! In: the config. Out: listeners, and the files of those sockets that we made, which are
//! gone when their owner is. Never takes over what another program listens on.

use crate::cli::Failure;
use crate::cli::serving;
use crate::config::{Config, Listen, UnixSocket};
use crate::serve::{Listener, control};
use std::{
    fs, io,
    os::unix::fs::{PermissionsExt, chown},
    path::{Path, PathBuf},
};
use tokio::net::{TcpListener, UnixListener};

/// A socket's file that we made: gone with its owner.
pub(super) struct OwnSocket(PathBuf);

impl Drop for OwnSocket {
    fn drop(&mut self) {
        // One that stays is taken over at the next start.
        let _ = fs::remove_file(&self.0);
    }
}

/// A socket of ours in the file system, called `what` where it can't be made.
pub(super) fn socket(what: &str, place: &Path) -> Result<(UnixListener, OwnSocket), Failure> {
    let listener = control::listen(place).map_err(|error| {
        let help = match error.kind() {
            io::ErrorKind::InvalidInput => {
                "\n  help: name a state directory with a shorter path: `--state DIR`"
            }
            io::ErrorKind::AddrInUse => {
                "\n  help: stop that program, or name another state directory: `--state DIR`"
            }
            _ => "",
        };
        Failure::new(format!("the {what} `{}` can't be made: {error}{help}", place.display()))
    })?;
    Ok((listener, OwnSocket(place.to_owned())))
}

/// The socket that systemd hands over, else the configured one.
pub(super) async fn listener(config: &Config) -> Result<(Listener, Option<OwnSocket>), Failure> {
    let mut inherited = listenfd::ListenFd::from_env();
    if let Ok(Some(listener)) = inherited.take_tcp_listener(0) {
        listener.set_nonblocking(true)?;
        return Ok((Listener::Tcp(TcpListener::from_std(listener)?), None));
    }
    if let Ok(Some(listener)) = inherited.take_unix_listener(0) {
        listener.set_nonblocking(true)?;
        return Ok((Listener::Unix(UnixListener::from_std(listener)?), None));
    }
    match &config.listen {
        Listen::Tcp { host, port } => serving::bind(host, *port)
            .await
            .map(|listener| (Listener::Tcp(listener), None))
            .map_err(|error| refused(config, &error, tcp_help(&error))),
        Listen::Unix(socket) => bind(socket)
            .map(|(listener, own)| (Listener::Unix(listener), Some(own)))
            .map_err(|error| refused(config, &error, unix_help(&error))),
    }
}

fn refused(config: &Config, error: &io::Error, help: &str) -> Failure {
    Failure::new(format!("can't listen on `{}`: {error}\n  help: {help}", config.listen))
}

fn tcp_help(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => "another program listens there: stop it, or give `listen` another port",
        io::ErrorKind::PermissionDenied => {
            "ports below 1024 need systemd's socket unit, or choose a higher one in `listen`"
        }
        _ => "give an address of this machine in `listen`",
    }
}

fn unix_help(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => "stop it, or give `listen` another path",
        io::ErrorKind::AlreadyExists => "move it away, or give `listen` another path",
        io::ErrorKind::InvalidInput => "give `listen` a shorter path",
        _ => "give `listen` a path in a folder that can be written, and a group that feedmill's user is in",
    }
}

/// Makes a socket for readers, with its permissions.
fn bind(socket: &UnixSocket) -> io::Result<(UnixListener, OwnSocket)> {
    let group = socket.group.as_deref().map(group_id).transpose()?;
    let listener = control::listen(&socket.path)?;
    let own = OwnSocket(socket.path.clone());
    if group.is_some() {
        chown(&socket.path, None, group)?;
    }
    if let Some(mode) = socket.mode {
        fs::set_permissions(&socket.path, fs::Permissions::from_mode(mode))?;
    }
    Ok((listener, own))
}

/// A group by number, or by its name in this machine's own list.
pub(super) fn group_id(name: &str) -> io::Result<u32> {
    if let Ok(number) = name.parse() {
        return Ok(number);
    }
    let groups = fs::read_to_string("/etc/group")?;
    let number = |line: &str| {
        let mut fields = line.split(':');
        if fields.next() != Some(name) {
            return None;
        }
        fields.nth(1)?.parse().ok()
    };
    groups
        .lines()
        .find_map(number)
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, format!("there is no group `{name}`")))
}
