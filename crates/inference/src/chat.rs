//! Conversations as text in the format the model was trained on.

use std::path::PathBuf;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Kwargs;
use minijinja::{context, Environment, Error, ErrorKind, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{json, Value as Json};

use crate::calls::CallFormat;
use crate::error::{InferenceError, LoadError};
use crate::files::Files;
use crate::gguf::Gguf;

const CONFIG: &str = "tokenizer_config.json";
const FILE: &str = "chat_template.jinja";
/// The template that answers a plain conversation, and the one for conversations with tools, where there are two.
const DEFAULT: &str = "default";
const TOOL_USE: &str = "tool_use";
const TOOL_USE_FILE: &str = "additional_chat_templates/tool_use.jinja";
/// For models without a chat format.
const PLAIN_TEMPLATE: &str =
    "{% for message in messages %}{{ message.role }}: {{ message.content }}\n{% endfor %}assistant:";

/// One turn of a conversation; roles are `system`, `user` and `assistant`, as far as the model knows them.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub role: String,
    pub content: String,
}

/// A conversation as chat templates see it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conversation {
    /// Objects with `role` and `content` and, where they apply, `tool_calls`, `tool_call_id` and `name`.
    pub messages: Vec<Json>,
    /// What the model may call: objects with `type` and `function`.
    pub tools: Vec<Json>,
    /// The name of the template, where the model has several; absent for the usual one.
    pub template: Option<String>,
}

impl From<&[Message]> for Conversation {
    fn from(messages: &[Message]) -> Self {
        let message = |Message { role, content }: &Message| json!({ "role": role, "content": content });
        Self { messages: messages.iter().map(message).collect(), ..Self::default() }
    }
}

/// The chat templates of a model folder, compiled.
pub(crate) struct ChatFormat {
    environment: Environment<'static>,
    bos_token: String,
    eos_token: String,
    plain: bool,
    calls: CallFormat,
}

/// A template's name and text.
type Named = (String, String);

impl ChatFormat {
    /// Takes the template from `chat_template.jinja` or `tokenizer_config.json`, and a plain one if there is neither.
    pub(crate) fn read(files: &mut Files) -> Result<Self, LoadError> {
        let config = config(files)?;
        let mut templates = templates_of(&config);
        for (name, file) in [(DEFAULT, FILE), (TOOL_USE, TOOL_USE_FILE)] {
            if let Some(template) = text_file(files, file)? {
                templates.retain(|(other, _)| other != name);
                templates.push((name.into(), template));
            }
        }
        Self::new(templates, special_token(&config["bos_token"]), special_token(&config["eos_token"]))
            .map_err(|error| uncompilable(files.path(CONFIG), &error))
    }

    /// From a GGUF file.
    pub(crate) fn of_gguf(gguf: &Gguf, path: PathBuf) -> Result<Self, LoadError> {
        let [bos, eos] = ["bos", "eos"].map(|token| gguf.token(&format!("tokenizer.ggml.{token}_token_id")));
        let template = gguf.text("tokenizer.chat_template").map(|template| (DEFAULT.into(), template.into()));
        Self::new(template.into_iter().collect(), bos, eos).map_err(|error| uncompilable(path, &error))
    }

    fn new(templates: Vec<Named>, bos_token: String, eos_token: String) -> Result<Self, Error> {
        let mut environment = Environment::new();
        // Templates are written for Python's jinja2 with the settings of the transformers library. There, they may ask
        // for today's date; here they may not, so that a prompt has the same tokens tomorrow.
        environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
        environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
        environment.add_function("raise_exception", raise_exception);
        environment.add_filter("tojson", tojson);
        let plain = !templates.iter().any(|(name, _)| name == DEFAULT);
        if plain {
            environment.add_template(DEFAULT, PLAIN_TEMPLATE)?;
        }
        let calls = CallFormat::of_template(templates.iter().map(|(_, text)| text.as_str()));
        for (name, text) in templates {
            environment.add_template_owned(name, without_marks(&text))?;
        }
        Ok(Self { environment, bos_token, eos_token, plain, calls })
    }

    /// The text up to where the assistant's answer begins.
    pub(crate) fn render(&self, conversation: &Conversation) -> Result<String, InferenceError> {
        let Conversation { messages, tools, template } = conversation;
        if messages.is_empty() {
            return Err(InferenceError::ChatFormat("there are none".into()));
        }
        let has_tools = !tools.is_empty() && self.environment.get_template(TOOL_USE).is_ok();
        let usual = if has_tools { TOOL_USE } else { DEFAULT };
        let template = self.environment.get_template(template.as_deref().unwrap_or(usual)).map_err(refused)?;
        let (bos_token, eos_token) = (&self.bos_token, &self.eos_token);
        let tools = (!tools.is_empty()).then(|| tools.iter().map(value).collect::<Value>());
        let messages = messages.iter().map(value).collect::<Value>();
        let values = context! { messages, tools, bos_token, eos_token, add_generation_prompt => true };
        template.render(values).map_err(refused)
    }

    /// How the model writes that it calls a tool.
    pub(crate) fn calls(&self) -> CallFormat {
        self.calls
    }

    /// Whether the tokenizer has to add the special tokens, because the template does not.
    pub(crate) fn is_plain(&self) -> bool {
        self.plain
    }
}

/// JSON as templates see it. Serde does not do, as it gives away how JSON keeps its numbers.
fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::from(()),
        Json::Bool(value) => Value::from(*value),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => Value::from(whole),
            (None, Some(whole)) => Value::from(whole),
            (None, None) => Value::from(number.as_f64()),
        },
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => items.iter().map(value).collect(),
        Json::Object(fields) => Value::from_pairs(fields.iter().map(|(name, field)| (name.as_str(), value(field)))),
    }
}

/// Marks for trainers, which say nothing about the text.
fn without_marks(template: &str) -> String {
    let marks = [("generation", "if true"), ("endgeneration", "endif")];
    let openings = ["{%", "{%-", "{% ", "{%- "];
    let closings = ["%}", "-%}", " %}", " -%}"];
    let mut text = template.to_owned();
    for (mark, instead) in marks {
        for (opening, closing) in openings.iter().flat_map(|opening| closings.map(|closing| (opening, closing))) {
            text = text.replace(&format!("{opening}{mark}{closing}"), &format!("{opening} {instead} {closing}"));
        }
    }
    text
}

/// JSON as Python writes it, which models have read in training: no escapes for HTML, and a space after `,` and `:`.
fn tojson(value: Value, options: Kwargs) -> Result<Value, Error> {
    let indent: Option<usize> = options.get("indent")?;
    // Others, such as `ensure_ascii`, say what is the case here anyhow.
    let _ = (options.get::<Option<Value>>("ensure_ascii"), options.get::<Option<Value>>("separators"));
    let _ = options.get::<Option<Value>>("sort_keys");
    options.assert_all_used()?;
    let unwritable = |error: serde_json::Error| Error::new(ErrorKind::BadSerialization, error.to_string());
    let json = serde_json::to_value(&value).map_err(unwritable)?;
    let text = match indent {
        None => python_json(&json),
        Some(width) => {
            let spaces = " ".repeat(width);
            let formatter = serde_json::ser::PrettyFormatter::with_indent(spaces.as_bytes());
            let mut bytes = Vec::new();
            json.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, formatter)).map_err(unwritable)?;
            String::from_utf8_lossy(&bytes).into_owned()
        }
    };
    Ok(Value::from_safe_string(text))
}

fn python_json(json: &Json) -> String {
    match json {
        Json::Array(items) => format!("[{}]", items.iter().map(python_json).collect::<Vec<_>>().join(", ")),
        Json::Object(fields) => {
            let field =
                |(name, value): (&String, &Json)| format!("{}: {}", Json::from(name.as_str()), python_json(value));
            format!("{{{}}}", fields.iter().map(field).collect::<Vec<_>>().join(", "))
        }
        plain => plain.to_string(),
    }
}

fn raise_exception(message: String) -> Result<String, Error> {
    Err(Error::new(ErrorKind::InvalidOperation, message))
}

fn refused(error: Error) -> InferenceError {
    InferenceError::ChatFormat(error.detail().map(str::to_string).unwrap_or_else(|| error.to_string()))
}

/// The usual chat template of a folder, if it has one.
pub(crate) fn template(files: &mut Files) -> Result<Option<String>, LoadError> {
    let config = config(files)?;
    let named = || templates_of(&config).into_iter().find(|(name, _)| name == DEFAULT).map(|(_, text)| text);
    Ok(text_file(files, FILE)?.or_else(named))
}

fn config(files: &mut Files) -> Result<Json, LoadError> {
    let json = files.read_if_present(CONFIG)?;
    let parse = |json: Vec<u8>| serde_json::from_slice(&json).map_err(|error| corrupt(files.path(CONFIG), error));
    json.map(parse).transpose().map(Option::unwrap_or_default)
}

fn text_file(files: &mut Files, name: &str) -> Result<Option<String>, LoadError> {
    let text = files.read_if_present(name)?;
    text.map(|text| String::from_utf8(text).map_err(|error| corrupt(files.path(name), error))).transpose()
}

fn corrupt(path: PathBuf, reason: impl ToString) -> LoadError {
    LoadError::Corrupt { path, reason: reason.to_string() }
}

fn uncompilable(path: PathBuf, error: &Error) -> LoadError {
    corrupt(path, format!("its chat template does not compile: {error:#}"))
}

/// One template, or several with names.
fn templates_of(config: &Json) -> Vec<Named> {
    let named = |entry: &Json| Some((entry["name"].as_str()?.to_string(), entry["template"].as_str()?.to_string()));
    match &config["chat_template"] {
        Json::String(template) => vec![(DEFAULT.into(), template.clone())],
        Json::Array(entries) => entries.iter().filter_map(named).collect(),
        _ => Vec::new(),
    }
}

/// Special tokens are written as a string or as an object with the string in `content`.
fn special_token(value: &Json) -> String {
    value.as_str().or(value["content"].as_str()).unwrap_or_default().into()
}

#[cfg(test)]
mod tests;
