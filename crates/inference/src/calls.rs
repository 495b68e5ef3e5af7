//! Calls of tools in the text of an answer: how models write them, a grammar for them, and reading them while they come.

use serde_json::{json, Value as Json};

use crate::constraint::{close, Grammar};

/// How a model writes calls: `begin`, then `open`, an object, `close`, `between`, a further call …, and `end`. The object
/// has the tool's `name`, and its arguments under `arguments`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallFormat {
    begin: &'static str,
    open: &'static str,
    close: &'static str,
    between: &'static str,
    end: &'static str,
    arguments: &'static str,
}

/// As Qwen and the Hermes models write, and the one for models whose template does not know tools.
const TAGGED: CallFormat = CallFormat {
    begin: "",
    open: "<tool_call>\n",
    close: "\n</tool_call>",
    between: "\n",
    end: "",
    arguments: "arguments",
};
/// As Mistral's models write.
const LIST: CallFormat =
    CallFormat { begin: "[TOOL_CALLS] [", open: "", close: "", between: ", ", end: "]", arguments: "arguments" };
/// As Llama 3 writes: the answer is the object.
const BARE: CallFormat = CallFormat { begin: "", open: "", close: "", between: "; ", end: "", arguments: "parameters" };

/// A call of a tool.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolCall {
    pub name: String,
    /// JSON.
    pub arguments: String,
}

impl CallFormat {
    /// Looks at how a template writes the calls of earlier messages.
    pub(crate) fn of_template<'a>(mut templates: impl Iterator<Item = &'a str> + Clone) -> Self {
        let mentions = |mark: &str| templates.clone().any(|template| template.contains(mark));
        if mentions("[TOOL_CALLS]") {
            return LIST;
        }
        let is_tagged = mentions("<tool_call>");
        match templates.any(|template| template.contains("\"parameters\"")) && !is_tagged {
            true => BARE,
            false => TAGGED,
        }
    }

    /// The form of an answer that calls at least one of `tools` (objects with `function`), and no more than one unless
    /// `parallel`.
    pub fn grammar(&self, tools: &[Json], parallel: bool) -> Grammar {
        let object = |tool: &Json| {
            let function = &tool["function"];
            let arguments = match &function["parameters"] {
                Json::Object(schema) => Json::Object(schema.clone()),
                _ => json!({ "type": "object", "properties": {}, "additionalProperties": false }),
            };
            json!({
                "type": "object",
                "properties": { "name": { "const": function["name"] }, self.arguments: arguments },
                "required": ["name", self.arguments],
                "additionalProperties": false,
            })
        };
        let objects: Vec<Json> = tools.iter().map(object).collect();
        let definitions = definitions(tools);
        let mut schema =
            json!({ "anyOf": objects, "$defs": definitions, "x-guidance": { "whitespace_flexible": false } });
        close(&mut schema);
        let text = |text: &str| match text {
            "" => String::new(),
            text => format!("{} ", Json::from(text)),
        };
        let further = if parallel { format!("({}call)*", text(self.between)) } else { String::new() };
        Grammar::Lark(format!(
            "start: {}call {further} {}\ncall: {}object {}\nobject: %json {schema}\n",
            text(self.begin),
            text(self.end),
            text(self.open),
            text(self.close),
        ))
    }

    /// All the calls in `text`, which begins with the mark of the first; none if it holds anything else.
    fn read(&self, text: &str, names: &[String]) -> Option<Vec<ToolCall>> {
        let mut calls = Vec::new();
        let mut rest = after(text, self.begin)?;
        loop {
            rest = after(rest, self.open)?;
            let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Json>();
            let call = values.next()?.ok()?;
            rest = after(&rest[values.byte_offset()..], self.close).unwrap_or_default();
            calls.push(self.call(&call, names)?);
            match after(rest, self.between) {
                Some(next) if !next.is_empty() && next.trim() != self.end => rest = next,
                _ => return Some(calls),
            }
        }
    }

    fn call(&self, call: &Json, names: &[String]) -> Option<ToolCall> {
        let name = call["name"].as_str().filter(|name| names.iter().any(|known| known == name))?;
        // Models mix the names up.
        let arguments = [self.arguments, "arguments", "parameters"].into_iter().find_map(|key| call.get(key));
        let arguments = arguments.cloned().unwrap_or_else(|| json!({}));
        Some(ToolCall { name: name.into(), arguments: arguments.to_string() })
    }

    /// What announces a call within an answer.
    fn mark(&self) -> &'static str {
        match (self.begin, self.open) {
            ("", "") => "{",
            ("", open) => open.trim_end(),
            (begin, _) => begin.trim_end_matches([' ', '[']),
        }
    }
}

/// What follows `part`, whatever spaces lie around both.
fn after<'a>(text: &'a str, part: &str) -> Option<&'a str> {
    text.trim_start().strip_prefix(part.trim()).map(str::trim_start)
}

/// The definitions that the schemas of tools refer to as their own; of two by the same name the last one counts.
fn definitions(tools: &[Json]) -> Json {
    let all = tools.iter().filter_map(|tool| tool["function"]["parameters"]["$defs"].as_object());
    Json::Object(all.flatten().map(|(name, schema)| (name.clone(), schema.clone())).collect())
}

/// Parts an answer, while it comes, into its text and the calls behind it.
pub struct ToolCalls {
    format: CallFormat,
    /// The names of the tools that can be called: what calls another is text.
    names: Vec<String>,
    /// What was not told as text: the calls, or what may become a mark.
    held: String,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing but spaces has come.
    Beginning,
    Text,
    Calls,
}

impl ToolCalls {
    pub fn new(format: CallFormat, names: Vec<String>) -> Self {
        Self { format, names, held: String::new(), state: State::Beginning }
    }

    /// Takes further words of the answer; returns those that are text for sure.
    pub fn push(&mut self, words: &str) -> String {
        self.held.push_str(words);
        if self.state == State::Beginning && self.held.trim_start().is_empty() {
            return String::new();
        }
        let mark = self.format.mark();
        let at = match (self.state, self.format) {
            (State::Calls, _) => return String::new(),
            (State::Text, BARE) => None,
            // A brace within a text announces nothing.
            (State::Beginning, BARE) => {
                Some(self.held.len() - self.held.trim_start().len()).filter(|at| self.held[*at..].starts_with(mark))
            }
            _ => self.held.find(mark),
        };
        self.state = if at.is_some() { State::Calls } else { State::Text };
        let certain = at.unwrap_or_else(|| match self.format {
            BARE => self.held.len(),
            _ => self.held.len() - beginning_of(mark, &self.held),
        });
        let rest = self.held.split_off(certain);
        std::mem::replace(&mut self.held, rest)
    }

    /// At the end of the answer: what is text after all, and the calls.
    pub fn finish(self) -> (String, Vec<ToolCall>) {
        match self.state == State::Calls {
            true => self
                .format
                .read(&self.held, &self.names)
                .map_or((self.held, Vec::new()), |calls| (String::new(), calls)),
            false => (self.held, Vec::new()),
        }
    }
}

/// Bytes at the end of `text` that are the beginning of `mark`, which is ASCII.
fn beginning_of(mark: &str, text: &str) -> usize {
    (1..mark.len()).rev().find(|bytes| text.ends_with(&mark[..*bytes])).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(format: CallFormat, pieces: &[&str]) -> (String, Vec<ToolCall>) {
        let mut calls = ToolCalls::new(format, vec!["add".into(), "ask".into()]);
        let mut text: String = pieces.iter().map(|piece| calls.push(piece)).collect();
        let (rest, calls) = calls.finish();
        text.push_str(&rest);
        (text, calls)
    }

    fn call(name: &str, arguments: &str) -> ToolCall {
        ToolCall { name: name.into(), arguments: arguments.into() }
    }

    #[test]
    fn each_way_of_writing_calls_is_read() {
        let both = vec![call("add", r#"{"b":1,"a":[2]}"#), call("ask", "{}")];
        let tagged =
            "Let me see.<tool_call>\n{\"name\": \"add\", \"arguments\": {\"b\": 1, \"a\": [2]}}\n</tool_call>\n\
            <tool_call>\n{\"name\": \"ask\", \"arguments\": {}}\n</tool_call>";
        assert_eq!(read(TAGGED, &[tagged]), ("Let me see.".into(), both.clone()));
        let list =
            r#"[TOOL_CALLS] [{"name": "add", "arguments": {"b": 1, "a": [2]}}, {"name": "ask", "arguments": {}}]"#;
        assert_eq!(read(LIST, &[list]), (String::new(), both.clone()));
        let bare = r#"{"name": "add", "parameters": {"b": 1, "a": [2]}}; {"name": "ask", "parameters": {}}"#;
        assert_eq!(read(BARE, &[bare]), (String::new(), both));
    }

    #[test]
    fn what_only_looks_like_a_call_is_text() {
        for (format, text) in [
            (BARE, "Use {braces}"),
            (BARE, r#"{"name": "nobody", "parameters": {}}"#),
            (BARE, r#"{"answer": 4}"#),
            (TAGGED, "<tool_call>{never complete"),
            (TAGGED, "a < b, <tool"),
        ] {
            assert_eq!(read(format, &[text]), (text.into(), vec![]));
        }
    }

    proptest! {
        #[test]
        fn the_pieces_do_not_matter(cuts in prop::collection::vec(1usize..7, 30), which in 0usize..3) {
            let (format, text) = [
                (TAGGED, "Well: <tool_call>\n{\"name\": \"ask\", \"arguments\": {}}\n</tool_call>"),
                (BARE, " {\"name\": \"ask\", \"parameters\": {}}"),
                (LIST, "so [TOOL_CALLS] [{\"name\": \"ask\", \"arguments\": {}}]"),
            ][which];
            let (mut pieces, mut rest) = (Vec::new(), text);
            for cut in cuts {
                let (piece, behind) = rest.split_at(cut.min(rest.len()));
                pieces.push(piece);
                rest = behind;
            }
            pieces.push(rest);
            prop_assert_eq!(read(format, &pieces), read(format, &[text]));
            prop_assert_eq!(read(format, &pieces).1, vec![call("ask", "{}")]);
        }
    }
}
