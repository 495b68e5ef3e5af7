use crate::PATIENCE;
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;

/// A binary of this workspace, beside the folder that this test runs from.
pub fn binary(name: &str) -> PathBuf {
    let executable = std::env::current_exe().expect("a test has an executable");
    let folder = executable.ancestors().nth(2).expect("it lies in target/release/deps");
    let path = folder.join(name);
    assert!(path.is_file(), "{} is missing: run `make build`", path.display());
    path
}

/// A file of the project. Asked at run time, as one target folder may serve several checkouts.
pub fn project(path: &str) -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where this package lies");
    Path::new(&package).join("../..").join(path)
}

/// The model that ships with the project.
pub fn model() -> PathBuf {
    project("models/tiny")
}

/// A process of ours that printed its ready line; it is killed when this is dropped.
pub struct Running {
    child: Child,
    /// What it said about itself when it was ready.
    pub ready: Value,
    log: PathBuf,
}

impl Running {
    /// Starts a binary and waits for its ready line, at most [`PATIENCE`] from line to line; its log goes to `log`.
    pub fn start(name: &str, arguments: &[&str], log: &Path) -> Self {
        Self::spawn(name, arguments, log).unwrap_or_else(|| {
            panic!("{name} gave no ready line: {}", std::fs::read_to_string(log).unwrap_or_default())
        })
    }

    fn spawn(name: &str, arguments: &[&str], log: &Path) -> Option<Self> {
        let mut child = Command::new(binary(name))
            .args(arguments)
            .env("CANDLE_NUM_THREADS", "1")
            .env("RAYON_NUM_THREADS", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::options().append(true).create(true).open(log).expect("the log can be written"))
            .spawn()
            .expect("the binary starts");
        let lines = lines_of(child.stdout.take().expect("stdout is piped"));
        let ready = std::iter::from_fn(|| lines.recv_timeout(PATIENCE).ok()).find(|line| line["ready"] == true);
        match ready {
            Some(ready) => Some(Self { child, ready, log: log.into() }),
            None => {
                let _ = child.kill();
                let _ = child.wait();
                None
            }
        }
    }

    pub fn field(&self, name: &str) -> String {
        self.ready[name].as_str().unwrap_or_else(|| panic!("{name} is missing in {}", self.ready)).to_owned()
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

/// Ends it as `kill -9` would: without a chance to tidy up.
impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The JSON lines of a pipe. Read to its end on a thread of its own, so that the process never blocks on a full pipe.
fn lines_of(pipe: impl std::io::Read + Send + 'static) -> mpsc::Receiver<Value> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            // Nobody listens once the ready line has come.
            let _ = sender.send(serde_json::from_str(&line).unwrap_or(Value::Null));
        }
    });
    receiver
}

/// What a command that ran to its end said.
pub struct Output {
    pub success: bool,
    pub stdout: String,
    pub stderr: String,
}

impl Output {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error} in {:?}, with {:?}", self.stdout, self.stderr))
    }
}

/// Runs `plexus` to its end.
pub fn plexus(arguments: &[&str]) -> Output {
    let output = Command::new(binary("plexus")).args(arguments).stdin(Stdio::null()).output().expect("plexus starts");
    Output {
        success: output.status.success(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
