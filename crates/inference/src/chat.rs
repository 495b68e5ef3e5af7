//! Conversations as text in the format the model was trained on.

use std::path::PathBuf;

use minijinja::syntax::SyntaxConfig;
use minijinja::{context, Environment, Error, ErrorKind, Value};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::error::{InferenceError, LoadError};
use crate::files::Files;
use crate::gguf::Gguf;

const CONFIG: &str = "tokenizer_config.json";
const FILE: &str = "chat_template.jinja";
const TEMPLATE: &str = "chat";
/// For models without a chat format.
const PLAIN_TEMPLATE: &str =
    "{% for message in messages %}{{ message.role }}: {{ message.content }}\n{% endfor %}assistant:";

/// One turn of a conversation; roles are `system`, `user` and `assistant`, as far as the model knows them.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub role: String,
    pub content: String,
}

/// The chat template of a model folder, compiled.
pub(crate) struct ChatFormat {
    environment: Environment<'static>,
    bos_token: String,
    eos_token: String,
    plain: bool,
}

impl ChatFormat {
    /// Takes the template from `chat_template.jinja` or `tokenizer_config.json`, and a plain one if there is neither.
    pub(crate) fn read(files: &mut Files) -> Result<Self, LoadError> {
        let config = config(files)?;
        let template = template_file(files)?.or_else(|| template_of(&config));
        Self::new(template, special_token(&config["bos_token"]), special_token(&config["eos_token"]))
            .map_err(|error| uncompilable(files.path(CONFIG), &error))
    }

    /// From a GGUF file.
    pub(crate) fn of_gguf(gguf: &Gguf, path: PathBuf) -> Result<Self, LoadError> {
        let [bos, eos] = ["bos", "eos"].map(|token| gguf.token(&format!("tokenizer.ggml.{token}_token_id")));
        Self::new(gguf.text("tokenizer.chat_template").map(str::to_string), bos, eos)
            .map_err(|error| uncompilable(path, &error))
    }

    fn new(template: Option<String>, bos_token: String, eos_token: String) -> Result<Self, Error> {
        let mut environment = Environment::new();
        // Templates are written for Python's jinja2 with the settings of the transformers library. There, they may ask
        // for today's date; here they may not, so that a prompt has the same tokens tomorrow.
        environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
        environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
        environment.add_function("raise_exception", raise_exception);
        let plain = template.is_none();
        environment.add_template_owned(TEMPLATE, template.unwrap_or_else(|| PLAIN_TEMPLATE.into()))?;
        Ok(Self { environment, bos_token, eos_token, plain })
    }

    /// The text up to where the assistant's answer begins.
    pub(crate) fn render(&self, messages: &[Message]) -> Result<String, InferenceError> {
        if messages.is_empty() {
            return Err(InferenceError::ChatFormat("there are none".into()));
        }
        let template = self.environment.get_template(TEMPLATE).map_err(refused)?;
        let messages = messages.iter().map(|Message { role, content }| context! { role, content }).collect::<Value>();
        let (bos_token, eos_token) = (&self.bos_token, &self.eos_token);
        let values = context! { messages, bos_token, eos_token, add_generation_prompt => true };
        template.render(values).map_err(refused)
    }

    /// Whether the tokenizer has to add the special tokens, because the template does not.
    pub(crate) fn is_plain(&self) -> bool {
        self.plain
    }
}

fn raise_exception(message: String) -> Result<String, Error> {
    Err(Error::new(ErrorKind::InvalidOperation, message))
}

fn refused(error: Error) -> InferenceError {
    InferenceError::ChatFormat(error.detail().map(str::to_string).unwrap_or_else(|| error.to_string()))
}

/// The chat template of a folder, if it has one.
pub(crate) fn template(files: &mut Files) -> Result<Option<String>, LoadError> {
    let config = config(files)?;
    Ok(template_file(files)?.or_else(|| template_of(&config)))
}

fn config(files: &mut Files) -> Result<Json, LoadError> {
    let json = files.read_if_present(CONFIG)?;
    let parse = |json: Vec<u8>| serde_json::from_slice(&json).map_err(|error| corrupt(files.path(CONFIG), error));
    json.map(parse).transpose().map(Option::unwrap_or_default)
}

fn template_file(files: &mut Files) -> Result<Option<String>, LoadError> {
    let text = files.read_if_present(FILE)?;
    text.map(|text| String::from_utf8(text).map_err(|error| corrupt(files.path(FILE), error))).transpose()
}

fn corrupt(path: PathBuf, reason: impl ToString) -> LoadError {
    LoadError::Corrupt { path, reason: reason.to_string() }
}

fn uncompilable(path: PathBuf, error: &Error) -> LoadError {
    corrupt(path, format!("its chat template does not compile: {error:#}"))
}

/// One template, or the one named `default` of several.
fn template_of(config: &Json) -> Option<String> {
    match &config["chat_template"] {
        Json::String(template) => Some(template.clone()),
        Json::Array(named) => named
            .iter()
            .find(|entry| entry["name"] == "default")
            .and_then(|entry| entry["template"].as_str())
            .map(str::to_string),
        _ => None,
    }
}

/// Special tokens are written as a string or as an object with the string in `content`.
fn special_token(value: &Json) -> String {
    value.as_str().or(value["content"].as_str()).unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(role: &str, content: &str) -> Message {
        Message { role: role.into(), content: content.into() }
    }

    fn render(template: &str, messages: &[Message]) -> Result<String, InferenceError> {
        ChatFormat::new(Some(template.into()), "<s>".into(), "</s>".into()).unwrap().render(messages)
    }

    #[test]
    fn a_template_in_the_style_of_transformers_renders() {
        let template = "{{ bos_token }}{% for message in messages %}\n    {% if message['role'].startswith('u') %}\n\
            [{{ message['content'].strip() | upper }}]{% endif %}\n{% endfor %}\n\
            {% if add_generation_prompt %}>{% endif %}";
        assert_eq!(render(template, &[message("user", " hi ")]).unwrap(), "<s>[HI]>");
    }

    #[test]
    fn a_refusal_by_the_template_reaches_the_user() {
        let error = render("{{ raise_exception('roles must alternate') }}", &[message("user", "hi")]).unwrap_err();
        assert!(error.to_string().ends_with("roles must alternate"), "{error}");
    }

    #[test]
    fn without_a_template_the_conversation_is_plain_text() {
        let format = ChatFormat::new(None, String::new(), String::new()).unwrap();
        let text = format.render(&[message("system", "Be kind."), message("user", "Hello")]).unwrap();
        assert_eq!(text, "system: Be kind.\nuser: Hello\nassistant:");
        assert!(format.render(&[]).is_err());
    }
}
