//! How much memory a process may still take.

use std::fs;
use std::path::{Path, PathBuf};

const MEMINFO: &str = "/proc/meminfo";
const OWN_GROUPS: &str = "/proc/self/cgroup";
const GROUPS: &str = "/sys/fs/cgroup";

/// Bytes that this process can take without pushing others out: what the machine has free, or what the control groups
/// that the process runs in leave it, whichever is less. `None` where the system does not say.
pub(crate) fn free() -> Option<u64> {
    let machine = fs::read_to_string(MEMINFO).ok().and_then(|text| available(&text));
    let own = fs::read_to_string(OWN_GROUPS).unwrap_or_default();
    let groups = folders(&own).into_iter().filter_map(|folder| left_in(&folder));
    groups.chain(machine).min()
}

/// `MemAvailable` of /proc/meminfo, which stands there in KiB.
fn available(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1024)
}

/// The folders of the groups that limit memory, each with those around it, in both versions of the interface.
fn folders(own_groups: &str) -> Vec<PathBuf> {
    let of_line = |line: &str| {
        let mut parts = line.splitn(3, ':').skip(1);
        let (kinds, path) = (parts.next()?, parts.next()?);
        let root = match kinds {
            "" => PathBuf::from(GROUPS),
            _ if kinds.split(',').any(|kind| kind == "memory") => Path::new(GROUPS).join("memory"),
            _ => return None,
        };
        let own = root.join(path.trim_start_matches('/'));
        Some(own.ancestors().take_while(|folder| folder.starts_with(&root)).map(PathBuf::from).collect::<Vec<_>>())
    };
    own_groups.lines().filter_map(of_line).flatten().collect()
}

/// What a group may still take; `None` if it has no limit.
fn left_in(folder: &Path) -> Option<u64> {
    let number = |name: &str| fs::read_to_string(folder.join(name)).ok()?.trim().parse::<u64>().ok();
    let limit = number("memory.max").or_else(|| number("memory.limit_in_bytes"))?;
    let used = number("memory.current").or_else(|| number("memory.usage_in_bytes"))?;
    let files = fs::read_to_string(folder.join("memory.stat")).ok().and_then(|stat| cached_files(&stat));
    Some(limit.saturating_sub(used.saturating_sub(files.unwrap_or(0))))
}

/// Copies of files that the system drops when memory is short.
fn cached_files(stat: &str) -> Option<u64> {
    let of = |name: &str| stat.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
    of("total_inactive_file ").or_else(|| of("inactive_file "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_machine_has_free_is_read_in_bytes() {
        let text = "MemTotal:       24543528 kB\nMemFree:  1 kB\nMemAvailable:   14000000 kB\n";
        assert_eq!(available(text), Some(14_000_000 * 1024));
        assert_eq!(available("MemTotal: 1 kB"), None);
    }

    #[test]
    fn groups_of_both_versions_are_found_with_those_around_them() {
        let groups = folders("5:cpu,cpuacct:/a\n4:memory:/x/y\n0::/service\n");
        let expected = ["memory/x/y", "memory/x", "memory", "service", ""].map(|path| Path::new(GROUPS).join(path));
        assert_eq!(groups.len(), expected.len());
        assert!(groups.iter().zip(&expected).all(|(found, expected)| found == expected), "{groups:?}");
    }

    #[test]
    fn a_group_leaves_what_its_limit_has_over_what_cannot_be_dropped() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(left_in(folder.path()), None);
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("memory.max", "max\n");
        write("memory.current", "700\n");
        assert_eq!(left_in(folder.path()), None);
        write("memory.max", "1000\n");
        assert_eq!(left_in(folder.path()), Some(300));
        write("memory.stat", "anon 5\ninactive_file 150\n");
        assert_eq!(left_in(folder.path()), Some(450));
    }

    #[test]
    fn this_machine_has_some() {
        assert!(!cfg!(target_os = "linux") || free().is_some_and(|bytes| bytes > 0));
    }
}
