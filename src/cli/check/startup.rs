//! What would end the daemon's start though the config reads well: files that aren't there,
//! folders that can't be written.
//!
//! In: the config. Out: problems. What only this user can't do is a warning, since the daemon
//! may run as another. Makes nothing that stays.

use super::{at, in_file};
use crate::cli::listening::group_id;
use crate::config::{Config, Listen, UnixSocket};
use crate::model::Problem;
use std::fs;
use std::io;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

/// The longest path of a socket, in bytes (`sun_path` without its end).
const LONGEST_SOCKET: usize = 107;

pub(super) fn problems(config: &Config) -> Vec<Problem> {
    let api = &config.api;
    let named = (!api.make_token || api.token_file.exists()).then_some(api.token_file.as_path());
    let tokens = [("token_file", named), ("metrics_token_file", api.metrics_token_file.as_deref())];
    let tokens = tokens.into_iter().filter_map(|(key, file)| token(config, key, file?));
    let socket = match &config.listen {
        Listen::Unix(socket) => listen(config, socket),
        Listen::Tcp { .. } => None,
    };
    tokens.chain(socket).chain(state(config)).chain(command(config)).collect()
}

/// Where the config has this key; the file as a whole where a variable or a flag gave it.
fn place(config: &Config, keys: &[&str]) -> String {
    let Some(file) = &config.file else { return "defaults".to_owned() };
    in_file(file, |tree| keys.iter().try_fold(tree, |node, key| node.get(key)).map(at))
}

/// What is wrong: nobody could do this, or this user can't.
fn cannot(at: String, message: &str, error: &io::Error) -> Problem {
    match error.kind() {
        ErrorKind::PermissionDenied => Problem::warning(at, format!("{message} by this user: {error}"))
            .with_help("ask as the daemon's user"),
        _ => Problem::error(at, format!("{message}: {error}")),
    }
}

fn token(config: &Config, key: &str, file: &Path) -> Option<Problem> {
    let at = || place(config, &["api", key]);
    match fs::read_to_string(file) {
        Ok(text) if text.trim().is_empty() => {
            let message = format!("the token file `{}` is empty", file.display());
            Some(Problem::error(at(), message).with_help("write a long random text into it"))
        }
        Ok(_) => None,
        Err(error) => {
            let message = format!("the token file `{}` can't be read", file.display());
            Some(cannot(at(), &message, &error))
        }
    }
}

fn listen(config: &Config, socket: &UnixSocket) -> Option<Problem> {
    let path = &socket.path;
    let wrong = |message: String| Problem::error(place(config, &["listen"]), message);
    if path.as_os_str().as_bytes().len() > LONGEST_SOCKET {
        return Some(wrong(format!("`{}` is too long for a socket", path.display())));
    }
    if let Some(error) = socket.group.as_deref().and_then(|group| group_id(group).err()) {
        return Some(wrong(error.to_string()));
    }
    if fs::symlink_metadata(path).is_ok_and(|file| !file.file_type().is_socket()) {
        let help = "move it away, or give `listen` another path";
        return Some(wrong(format!("a file stands at `{}`", path.display())).with_help(help));
    }
    let folder = path.parent()?;
    if folder.is_dir() {
        return None;
    }
    let message = format!("there is no folder `{}` for the socket", folder.display());
    // What lies there is made at the start, as by systemd's `RuntimeDirectory`.
    if folder.starts_with("/run") {
        return Some(Problem::warning(place(config, &["listen"]), message));
    }
    Some(wrong(message).with_help("make it, or give `listen` another path"))
}

fn state(config: &Config) -> Option<Problem> {
    let state = &config.state;
    let made = match fs::metadata(state) {
        Ok(there) if there.is_dir() => try_out(state),
        Ok(_) => Err(ErrorKind::NotADirectory.into()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            // The outermost folder that is missing shows whether all of them can be made.
            let missing = state.ancestors().take_while(|folder| !folder.exists()).last().unwrap_or(state);
            fs::create_dir(missing).and_then(|()| fs::remove_dir(missing))
        }
        Err(error) => Err(error),
    };
    let message = format!("the state directory `{}` can't be written", state.display());
    made.err().map(|error| cannot(place(config, &["state"]), &message, &error))
}

fn try_out(folder: &Path) -> io::Result<()> {
    let file = folder.join(format!(".feedmill-check-{}", std::process::id()));
    fs::File::create_new(&file)?;
    fs::remove_file(&file)
}

/// A program by its path; one by name is looked for when it is run.
fn command(config: &Config) -> Option<Problem> {
    let program = Path::new(config.on_failure.first()?);
    let missing = program.is_absolute() && !program.is_file();
    let message = || format!("there is no program `{}`", program.display());
    missing.then(|| Problem::warning(place(config, &["on_failure"]), message()))
}
