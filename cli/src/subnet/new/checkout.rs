//! Where a subnet has to stand in the project, found by where its template stands.

use super::changes::Change;
use super::names::Names;
use anyhow::{ensure, Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

const TEMPLATE: &str = "subnets/template";
const CATALOG: &str = "subnets/catalog/src";
const CATALOG_MANIFEST: &str = "subnets/catalog/Cargo.toml";

/// Files that list subnets, each with pieces of it; after each piece stands the same of the new subnet.
const LISTS: &[(&str, &[&str])] = &[
    ("Cargo.toml", &["subnet-template = { path = \"subnets/template\" }\n"]),
    (CATALOG_MANIFEST, &["subnet-template = { workspace = true }\n"]),
    ("subnets/catalog/src/lib.rs", &["mod template;\n", "template::ENTRY,"]),
    ("tests/architecture/tests/arrows.rs", &["    (\"subnet-template\", &[\"subnet\"]),\n", " \"subnet-template\","]),
];

/// The folder of the checkout that `inside` lies in.
pub fn root(inside: &Path) -> Result<PathBuf> {
    let inside = inside.canonicalize().with_context(|| format!("there is no folder {}", inside.display()))?;
    let is_root = |folder: &&Path| folder.join(TEMPLATE).join("Cargo.toml").is_file();
    let root = inside.ancestors().find(is_root).with_context(|| {
        let shown = inside.display();
        format!("{shown} lies in no checkout of the project: run this in one, or name one with --path")
    })?;
    Ok(root.to_path_buf())
}

/// All that makes the subnet a part of the project.
pub fn changes(root: &Path, names: &Names) -> Result<Vec<Change>> {
    let Names { name, module, .. } = names;
    let (template, folder) = (root.join(TEMPLATE), root.join("subnets").join(name));
    let catalog = root.join(CATALOG);
    let entry = catalog.join(module).with_extension("rs");
    for taken in [&folder, &entry] {
        ensure!(!taken.exists(), "{} exists already: take another name", taken.display());
    }
    // Beside a module of its name, the catalog could not name the crate any more (E0659).
    let is_crate = crates(&read(&root.join(CATALOG_MANIFEST))?).any(|name| name.replace('-', "_") == *module);
    ensure!(!is_crate, "`{name}` is a crate that the catalog depends on: take another name, such as my-{name}");
    let mut changes = Vec::new();
    for file in files(&template)? {
        let inner = file.strip_prefix(&template).context("a file of the template lies in it")?;
        changes.push(Change { path: folder.join(inner), before: None, after: names.instead(&read(&file)?) });
    }
    let after = names.instead(&read(&catalog.join("template.rs"))?);
    changes.push(Change { path: entry, before: None, after });
    for (file, pieces) in LISTS {
        changes.push(listed(&root.join(file), pieces, names)?);
    }
    Ok(changes)
}

/// The names of all dependencies in a manifest.
fn crates(manifest: &str) -> impl Iterator<Item = &str> {
    let tables = manifest.split("\n[").filter_map(|table| table.split_once("dependencies]\n"));
    tables.flat_map(|(_, lines)| lines.lines()).filter_map(|line| Some(line.split_once('=')?.0.trim()))
}

fn listed(file: &Path, pieces: &[&str], names: &Names) -> Result<Change> {
    let before = read(file)?;
    let mut after = before.clone();
    for piece in pieces {
        let (head, tail) = after.split_once(piece).with_context(|| {
            format!("{} does not list the template as `{}`: has it been moved?", file.display(), piece.trim())
        })?;
        let separator = if piece.ends_with('\n') || piece.starts_with(' ') { "" } else { " " };
        after = format!("{head}{piece}{separator}{}{tail}", names.instead(piece));
    }
    Ok(Change { path: file.into(), before: Some(before), after })
}

/// Every file below `folder`, in the order of their paths.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let listing = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut paths = listing.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        match path.is_dir() {
            true => files.extend(self::files(&path)?),
            false => files.push(path),
        }
    }
    Ok(files)
}

fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// This checkout: tests run in the folder of their package.
    fn here() -> PathBuf {
        root(Path::new(".")).unwrap()
    }

    fn change(name: &str, path: &str) -> Change {
        let changes = changes(&here(), &Names::new(name).unwrap()).unwrap();
        changes.into_iter().find(|change| change.path == here().join(path)).unwrap()
    }

    #[test]
    fn every_list_of_subnets_gets_the_new_one_and_keeps_the_rest() {
        for (file, pieces) in LISTS {
            let Change { before, after, .. } = change("my-subnet", file);
            let names = Names::new("my-subnet").unwrap();
            let added: Vec<String> = pieces.iter().map(|piece| names.instead(piece)).collect();
            assert!(added.iter().all(|piece| after.contains(piece)), "{file}: {after}");
            let without = added.iter().fold(after.clone(), |text, piece| text.replacen(piece, "", 1));
            let squeezed = |text: &str| text.split_whitespace().collect::<String>();
            assert_eq!(squeezed(&without), squeezed(&before.unwrap()), "{file}");
        }
    }

    #[test]
    fn nothing_of_the_copy_is_called_after_the_template() {
        let changes = changes(&here(), &Names::new("spare").unwrap()).unwrap();
        let copied: Vec<_> = changes.iter().filter(|change| change.before.is_none()).collect();
        assert!(copied.len() > 6, "{copied:?}");
        for Change { path, after, .. } in copied {
            assert!(!after.to_lowercase().contains("template"), "{}: {after}", path.display());
        }
    }

    #[test]
    fn a_taken_name_and_a_folder_that_is_no_checkout_are_refused() {
        for name in ["text", "template", "catalog", "chat", "settings"] {
            let error = changes(&here(), &Names::new(name).unwrap()).unwrap_err().to_string();
            assert!(error.contains("take another name"), "{name}: {error}");
        }
        for name in ["inference", "subnet", "sp-core", "subnet-text", "tokio"] {
            let error = changes(&here(), &Names::new(name).unwrap()).unwrap_err().to_string();
            assert!(error.contains(&format!("such as my-{name}")), "{name}: {error}");
        }
        let elsewhere = tempfile::tempdir().unwrap();
        assert!(root(elsewhere.path()).unwrap_err().to_string().contains("--path"));
    }
}
