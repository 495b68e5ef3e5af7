use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;

/// Lays over each folder up to `--` one that takes its changes, and runs what comes after.
const LAY: &str = r#"
set -eu
changes=$1; shift
until [ "$1" = -- ]; do
    layer=$(mktemp -d "$changes/XXXXXX")
    mkdir "$layer/upper" "$layer/work"
    mount -t overlay overlay -o "userxattr,lowerdir=$1,upperdir=$layer/upper,workdir=$layer/work" "$1"
    # The kernel makes a folder in here that nobody but root could remove.
    chmod -R u+rwx "$layer/work"
    shift
done
shift
cd "$PWD"
exec "$@"
"#;

/// Folders that commands may change as they like: a command finds them as they are and where they are, nobody else sees
/// what it does to them, and nothing of it stays.
///
/// Overlays in a mount namespace do that, which ends with the last process in it. The changes go to a temporary folder.
pub struct Overlay {
    changes: TempDir,
    folders: Vec<PathBuf>,
}

impl Overlay {
    /// None of the folders may lie within another. `None` where users may not mount, as in many containers, or these
    /// folders cannot be overlaid.
    pub fn over(mut folders: Vec<PathBuf>) -> Option<Self> {
        let changes = TempDir::new().expect("a temporary folder");
        // Tries also what takes extended attributes, which not every file system has: a new folder in an old one's place.
        let tried = changes.path().join("tried");
        std::fs::create_dir_all(tried.join("old")).expect("a temporary folder can be written");
        folders.push(tried.clone());
        let overlay = Self { changes, folders };
        let replaces = overlay.command("sh").args(["-c", "rmdir old && mkdir old"]).current_dir(tried).output();
        replaces.is_ok_and(|output| output.status.success()).then_some(overlay)
    }

    /// A program that finds the folders as they are, without what another one did to them.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "bash", "-c", LAY, "overlay"]);
        command.arg(self.changes.path()).args(&self.folders).args(["--", program]);
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_command_does_to_an_overlaid_folder_is_seen_by_itself_alone() {
        let folder = TempDir::new().unwrap();
        let [changed, removed, added] = ["changed", "removed", "added"].map(|name| folder.path().join(name));
        std::fs::write(&changed, "before").unwrap();
        std::fs::write(&removed, "").unwrap();
        let Some(overlay) = Overlay::over(vec![folder.path().into()]) else {
            return println!("users may not mount here");
        };
        let changes = overlay.changes.path().to_owned();
        let script = "echo after > changed; rm removed; touch added; echo $(cat changed) *";
        let output = overlay.command("sh").args(["-c", script]).current_dir(folder.path()).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), "after added changed");
        assert_eq!(std::fs::read_to_string(&changed).unwrap(), "before");
        assert!(removed.exists() && !added.exists());
        drop(overlay);
        assert!(!changes.exists());
    }
}
