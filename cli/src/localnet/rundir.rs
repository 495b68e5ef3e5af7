//! The run directory: logs, the chain's data, and a note of what runs, so that the next run can tell.

use anyhow::{bail, ensure, Context, Result};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};

/// Marks a directory as one that may be replaced.
const NOTE: &str = "localnet.json";
const LOGS: &str = "logs";

/// A fresh run directory that belongs to this process.
pub struct RunDir {
    path: PathBuf,
    note: RefCell<Note>,
}

/// What the run is made of, for other programs and for the next run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Note {
    /// Process id of `plexus localnet`.
    pub pid: u32,
    pub processes: Vec<Process>,
    /// WebSocket URL of the node, once it is ready.
    pub node: Option<String>,
    pub netuid: Option<u16>,
    /// App APIs of the validators, once they are ready.
    pub apps: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    pub name: String,
    pub pid: u32,
}

impl RunDir {
    /// Replaces what an earlier run left in `path`, and returns those of its processes that are still alive. Refuses a
    /// directory that holds anything else, or that a living run uses.
    pub fn create(path: &Path) -> Result<(Self, Vec<Process>)> {
        let left_over = match read_note(path)? {
            Some(note) => clear(path, &note)?,
            None => Vec::new(),
        };
        let dir = Self { path: path.into(), note: RefCell::new(Note { pid: std::process::id(), ..Note::default() }) };
        fs::create_dir_all(path.join(LOGS)).with_context(|| format!("cannot create {}", path.display()))?;
        dir.write_note()?;
        Ok((dir, left_over))
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn log(&self, name: &str) -> PathBuf {
        self.path.join(LOGS).join(format!("{name}.log"))
    }

    pub fn note_process(&self, name: &str, pid: u32) -> Result<()> {
        self.amend(|note| note.processes.push(Process { name: name.into(), pid }))
    }

    pub fn amend(&self, change: impl FnOnce(&mut Note)) -> Result<()> {
        change(&mut self.note.borrow_mut());
        self.write_note()
    }

    fn write_note(&self) -> Result<()> {
        let (path, draft) = (self.path.join(NOTE), self.path.join("localnet.json.new"));
        let written = fs::write(&draft, serde_json::to_vec_pretty(&*self.note.borrow())?);
        written.and_then(|()| fs::rename(&draft, &path)).with_context(|| format!("cannot write {}", path.display()))
    }
}

/// The note in `path`; `None` where nothing is there yet.
fn read_note(path: &Path) -> Result<Option<Note>> {
    let is_empty = match fs::read_dir(path) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
        Err(error) => return Err(error).with_context(|| format!("cannot use {} as the run directory", path.display())),
    };
    if is_empty {
        return Ok(None);
    }
    let Ok(note) = fs::read(path.join(NOTE)) else {
        bail!("{} holds files that no earlier run wrote: name another directory with --dir", path.display());
    };
    // A note that cannot be read marks the directory all the same.
    Ok(Some(serde_json::from_slice(&note).unwrap_or_default()))
}

fn clear(path: &Path, note: &Note) -> Result<Vec<Process>> {
    let (pid, shown) = (note.pid, path.display());
    let lives = pid != std::process::id() && is_ours(pid);
    ensure!(!lives, "process {pid} runs a network in {shown}: stop it first, or name another directory with --dir");
    fs::remove_dir_all(path)
        .with_context(|| format!("cannot replace {shown}: remove it, or name another with --dir"))?;
    Ok(note.processes.iter().filter(|process| is_ours(process.pid)).cloned().collect())
}

/// Whether this process lives and is one of the project's programs. Knows nothing where there is no /proc.
fn is_ours(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| is_living_plexus(&stat))
}

/// Reads `4711 (plexus-node) S …`. One that has ended, but whose status nobody collected yet, is in state Z.
fn is_living_plexus(stat: &str) -> bool {
    let Some((name, rest)) = stat.split_once('(').and_then(|(_, rest)| rest.rsplit_once(')')) else { return false };
    name.starts_with("plexus") && !rest.trim_start().starts_with(['Z', 'X'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_earlier_run_left_is_replaced() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("localnet");
        let (first, left_over) = RunDir::create(&path).unwrap();
        fs::write(first.log("node"), "old").unwrap();
        first.note_process("node", u32::MAX).unwrap();
        assert_eq!(left_over, []);

        let (second, left_over) = RunDir::create(&path).unwrap();
        assert_eq!(left_over, [], "a process id that nobody has is not alive");
        assert!(!second.log("node").exists());
        assert_eq!(read_note(&path).unwrap().unwrap().processes, []);
    }

    #[test]
    fn a_directory_with_other_files_is_left_alone() {
        let parent = tempfile::tempdir().unwrap();
        let precious = parent.path().join("thesis.txt");
        fs::write(&precious, "years of work").unwrap();
        let refused = RunDir::create(parent.path()).err().unwrap();
        assert!(refused.to_string().contains("--dir"), "{refused}");
        assert!(precious.exists());
    }

    #[test]
    fn an_empty_directory_and_a_missing_one_are_taken() {
        let parent = tempfile::tempdir().unwrap();
        RunDir::create(&parent.path().join("a/b")).unwrap();
        let empty = parent.path().join("empty");
        fs::create_dir(&empty).unwrap();
        RunDir::create(&empty).unwrap();
    }

    #[test]
    fn only_a_living_program_of_ours_counts() {
        assert!(is_living_plexus("4711 (plexus-node) S 1 4711 4711 0"));
        assert!(!is_living_plexus("4711 (plexus-node) Z 1 4711 4711 0"));
        assert!(!is_living_plexus("4711 (bash) S 1 4711 4711 0"));
        assert!(!is_living_plexus("4711 (a) plexus) S 1") && !is_living_plexus(""));
    }

    #[test]
    fn a_note_cut_short_does_not_block_the_next_run() {
        let parent = tempfile::tempdir().unwrap();
        fs::write(parent.path().join(NOTE), "{\"pid\":").unwrap();
        RunDir::create(parent.path()).unwrap();
    }
}
