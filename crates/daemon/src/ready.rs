//! How a process tells whoever started it that it serves.

use serde::Serialize;
use std::io::{self, Write};

#[derive(Serialize)]
struct Line<'a, T> {
    ready: bool,
    #[serde(flatten)]
    details: &'a T,
}

/// Prints the one line of a process's standard output: JSON with `"ready": true` and the fields of `details`, which
/// must be a struct or a map.
pub fn announce(details: &impl Serialize) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{}", line(details)?)?;
    stdout.flush()
}

fn line(details: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string(&Line { ready: true, details })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_ready_line_is_one_json_object() {
        let text = line(&json!({ "role": "miner", "uid": 3 })).unwrap();
        assert_eq!(text, r#"{"ready":true,"role":"miner","uid":3}"#);
    }
}
