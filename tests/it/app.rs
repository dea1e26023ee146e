//! The program itself in a folder of its own: feed files, posts, state, a free port.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::mpsc,
    time::Duration,
};

/// However slow the machine, what a test waits for has come by then.
const PATIENCE: Duration = Duration::from_secs(30);

/// A folder with `config/feedmill.yaml`, `feeds/`, `state/` and whatever a test puts there.
pub(crate) struct App {
    pub(crate) folder: tempfile::TempDir,
}

/// A daemon that runs on an [`App`].
pub(crate) struct Daemon {
    child: Child,
    pub(crate) address: String,
    pub(crate) log: mpsc::Receiver<String>,
}

/// An answer over HTTP.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl App {
    pub(crate) fn new(config: &str) -> Self {
        let app = Self { folder: tempfile::tempdir().unwrap() };
        let fixed = "listen: 127.0.0.1:0\nbase_url: https://feeds.example.org\nlog: {format: text}\n";
        app.write(
            "config/feedmill.yaml",
            &format!("{fixed}state: ../state\ndefaults: {{timezone: UTC}}\n{config}"),
        );
        fs::create_dir_all(app.path("feeds")).unwrap();
        app
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    pub(crate) fn write(&self, below: &str, text: &str) {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let beside = path.with_extension("part");
        fs::write(&beside, text).unwrap();
        fs::rename(beside, path).unwrap();
    }

    /// A Jekyll-shaped post, written long enough ago that its file counts as settled.
    pub(crate) fn post(&self, number: usize, title: &str) {
        let text = format!(
            "---\nlayout: post\ntitle: \"{title}\"\ndate: 2026-03-01 {:02}:{:02}:00 +0800\ncategories: news\n---\n<p>Text {number}.</p>\n",
            number / 60 % 24,
            number % 60
        );
        self.write(&format!("site/_posts/2026-03-01-{number:05}.md"), &text);
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_feedmill"));
        command.current_dir(self.folder.path()).env_clear().args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Starts the daemon and waits until it is ready.
    pub(crate) fn start(&self) -> Daemon {
        self.spawn().ready().unwrap_or_else(|log| panic!("not ready: {log}"))
    }

    /// Starts the daemon and waits for nothing.
    pub(crate) fn spawn(&self) -> Daemon {
        self.spawn_under(&[])
    }

    /// The same under another program, which becomes it (`prlimit --nofile=40`).
    pub(crate) fn spawn_under(&self, wrapper: &[&str]) -> Daemon {
        let plain = self.command(&["run"]);
        let command = match wrapper {
            [] => plain,
            [program, arguments @ ..] => {
                let mut command = Command::new(program);
                command.args(arguments).arg(plain.get_program()).args(plain.get_args());
                command
                    .current_dir(self.folder.path())
                    .env_clear()
                    .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
                command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
                command
            }
        };
        Daemon::spawn(command)
    }

    /// Starts one half of the daemon and waits until it is ready.
    pub(crate) fn start_role(&self, role: &str) -> Daemon {
        let half = Daemon::spawn(self.command(&["run", "--role", role]));
        half.ready().unwrap_or_else(|log| panic!("{role} is not ready: {log}"))
    }
}

impl Daemon {
    /// Starts a command that is, or becomes, the daemon.
    pub(crate) fn spawn(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let stderr = child.stderr.take().unwrap();
        let (lines, log) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                if lines.send(line).is_err() {
                    break;
                }
            }
        });
        Self { child, address: String::new(), log }
    }

    /// Waits until it is ready and knows where it listens; its log where it never is.
    pub(crate) fn ready(mut self) -> Result<Self, String> {
        let ready = self.wait_for("ready listen=")?;
        let address = ready.split("listen=\"").nth(1).or_else(|| ready.split("listen=").nth(1)).unwrap();
        self.address = address.split(['"', ' ']).next().unwrap().to_owned();
        Ok(self)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The first line of the log that holds this; the whole log where none comes.
    pub(crate) fn wait_for(&self, needle: &str) -> Result<String, String> {
        let mut seen = String::new();
        while let Ok(line) = self.log.recv_timeout(PATIENCE) {
            if line.contains(needle) {
                return Ok(line);
            }
            seen += &line;
            seen.push('\n');
        }
        Err(seen)
    }

    /// Lets it run for so long, or until it ends by itself.
    pub(crate) fn wait_until(&self, after: Duration) -> Result<(), mpsc::RecvTimeoutError> {
        let (never, timer) = mpsc::channel::<()>();
        let ended = timer.recv_timeout(after);
        drop(never);
        ended
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.request(&format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
    }

    pub(crate) fn request(&self, text: &str) -> Answer {
        Self::ask(&self.address, text)
    }

    /// The same of the daemon that listens there.
    pub(crate) fn ask(address: &str, text: &str) -> Answer {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(status.unwrap().success());
    }

    /// Waits for the end, so long and no longer.
    pub(crate) fn end(&mut self, within: Duration) -> Option<i32> {
        let (over, ended) = mpsc::channel();
        let pid = self.child.id();
        // Watching from the side: `wait` has no deadline of its own.
        std::thread::spawn(move || {
            while Path::new(&format!("/proc/{pid}/stat")).exists() && !is_zombie(pid) {
                std::thread::yield_now();
            }
            over.send(()).ok()
        });
        ended.recv_timeout(within).ok()?;
        self.child.wait().unwrap().code()
    }
}

fn is_zombie(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(") ").next().is_none_or(|rest| rest.starts_with('Z'))
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // One that has ended by itself is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Answer {
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        let fields = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        let mut found = fields.filter(|(key, _)| key.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value.to_owned())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}
