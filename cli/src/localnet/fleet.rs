//! The processes of a local network: started together, watched, and ended whatever happens.

use super::rundir::RunDir;
use anyhow::{anyhow, Context, Error, Result};
use rustix::process::{kill_process_group, Pid, Signal};
use serde_json::Value;
use std::cell::RefCell;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// How long a process may take to end after it was asked to.
const GRACE: Duration = Duration::from_secs(5);
/// How often a process is looked at.
const GLANCE: Duration = Duration::from_millis(100);
/// Lines of its log that are shown when a process dies.
const LAST_WORDS: usize = 5;

/// Ends its processes when dropped.
pub struct Fleet<'a> {
    dir: &'a RunDir,
    members: RefCell<Vec<Member>>,
}

struct Member {
    name: String,
    child: Child,
    log: PathBuf,
}

/// A process that has been started and will print a ready line.
pub struct Starting {
    name: String,
    log: PathBuf,
    ready: oneshot::Receiver<Value>,
}

impl<'a> Fleet<'a> {
    pub fn new(dir: &'a RunDir) -> Self {
        Self { dir, members: RefCell::default() }
    }

    /// Starts `program` with its log in the run directory. Call it on the main thread only: the kernel ends the process
    /// when the thread that started it ends.
    pub fn start(&self, name: &str, program: &Path, arguments: &[String]) -> Result<Starting> {
        let log = self.dir.log(name);
        let file = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        let mut child = leashed(program)?
            .args(arguments)
            // One thread of mathematics a process: the processes share few cores, and six pools would fight over them.
            .envs([("CANDLE_NUM_THREADS", "1"), ("RAYON_NUM_THREADS", "1")])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(file.try_clone()?)
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let stdout = child.stdout.take().context("a process was started without its output")?;
        let pid = child.id();
        self.members.borrow_mut().push(Member { name: name.into(), child, log: log.clone() });
        self.dir.note_process(name, pid)?;
        Ok(Starting { name: name.into(), log, ready: relay(stdout, file) })
    }

    /// Waits until a process ends, which none should, and says which and why.
    pub async fn first_death(&self) -> Error {
        loop {
            if let Some(death) = self.members.borrow_mut().iter_mut().find_map(Member::death) {
                return death;
            }
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Asks every process to end, waits, and kills those that do not. The node, started first, is asked last.
    pub fn end(&self) {
        let mut members = self.members.borrow_mut();
        let nodes = 1.min(members.len());
        let (node, others) = members.split_at_mut(nodes);
        end(others);
        end(node);
        members.clear();
    }
}

impl Drop for Fleet<'_> {
    fn drop(&mut self) {
        self.end();
    }
}

fn end(members: &mut [Member]) {
    for member in members.iter_mut() {
        member.signal(Signal::TERM);
    }
    let deadline = Instant::now() + GRACE;
    while members.iter_mut().any(Member::is_alive) && Instant::now() < deadline {
        thread::sleep(GLANCE);
    }
    for member in members.iter_mut() {
        member.signal(Signal::KILL);
        // It has been killed: waiting only collects its status, and there is nobody left to tell of a failure.
        let _ = member.child.wait();
    }
}

impl Member {
    fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Signals the process and those that it started, while its id is still its own.
    fn signal(&mut self, signal: Signal) {
        if let (true, Some(pid)) = (self.is_alive(), Pid::from_raw(self.child.id() as i32)) {
            // The only failure left is that it ended by itself this moment.
            let _ = kill_process_group(pid, signal);
        }
    }

    fn death(&mut self) -> Option<Error> {
        let status = self.child.try_wait().ok()??;
        let (name, log) = (&self.name, self.log.display());
        Some(anyhow!("{name} ended unexpectedly ({status}); its log, {log}, ends with:\n{}", last_words(&self.log)))
    }
}

fn last_words(log: &Path) -> String {
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let indented: Vec<String> =
        lines[lines.len().saturating_sub(LAST_WORDS)..].iter().map(|line| format!("  {line}")).collect();
    indented.join("\n")
}

/// This executable, which will become `program` and end with this process.
fn leashed(program: &Path) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe().context("cannot find this executable")?);
    command.arg("leash").arg(std::process::id().to_string()).arg(program);
    Ok(command)
}

impl Starting {
    /// The process's ready line, for which it has `patience`.
    pub async fn ready(self, patience: Duration) -> Result<Value> {
        let Self { name, log, ready } = self;
        let line = async {
            match ready.await {
                Ok(line) => line,
                // Its output ended, so it is about to die: whoever watches the fleet tells that better.
                Err(_) => std::future::pending().await,
            }
        };
        let late = || format!("{name} is not ready after {} s: look at its log, {}", patience.as_secs(), log.display());
        tokio::time::timeout(patience, line).await.with_context(late)
    }
}

/// Copies a process's output to its log, and hands on the first ready line in it.
fn relay(stdout: ChildStdout, mut log: File) -> oneshot::Receiver<Value> {
    let (announce, ready) = oneshot::channel();
    thread::spawn(move || {
        let mut announce = Some(announce);
        for line in BufReader::new(stdout).lines().map_while(std::result::Result::ok) {
            // A full disk must not stop the process that writes.
            let _ = writeln!(log, "{line}");
            if let Some(line) = ready_line(&line) {
                announce.take().map(|announce| announce.send(line));
            }
        }
    });
    ready
}

fn ready_line(line: &str) -> Option<Value> {
    serde_json::from_str(line).ok().filter(|line: &Value| line["ready"] == true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_ready_line_counts_as_one() {
        assert_eq!(ready_line(r#"{"ready":true,"app":"a"}"#).map(|line| line["app"].clone()), Some("a".into()));
        for other in ["", "ready", "true", r#"{"ready":false}"#, r#"{"ready":"#, r#"["ready"]"#] {
            assert_eq!(ready_line(other), None, "{other}");
        }
    }

    #[test]
    fn the_last_words_are_the_end_of_the_log() {
        let log = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(log.path(), "1\n2\n3\n4\n5\n6\n").unwrap();
        assert_eq!(last_words(log.path()), "  2\n  3\n  4\n  5\n  6");
        assert_eq!(last_words(Path::new("/nowhere")), "");
    }
}
