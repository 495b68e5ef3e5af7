//! Holding an answer to a form: before each draw, only the tokens stay that the form can go on with.

use std::sync::Arc;

use llguidance::api::TopLevelGrammar;
use llguidance::toktrie::{TokEnv, TokRxInfo, TokTrie, TokenId, TokenizerEnv};
use llguidance::{token_bytes_from_tokenizer_json, Matcher, ParserFactory};
use serde_json::{json, Value as Json};

use crate::error::InferenceError;

/// The form of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Grammar {
    /// JSON that this JSON schema allows, without spaces between its parts.
    JsonSchema(Json),
    /// Any JSON object.
    JsonObject,
    /// A text that this regular expression matches as a whole.
    Regex(String),
    /// One of these texts.
    Choice(Vec<String>),
    /// A grammar in llguidance's variant of Lark, where `%json {…}` is a JSON schema.
    Lark(String),
}

impl Grammar {
    fn compiled(self) -> TopLevelGrammar {
        match self {
            Self::JsonSchema(schema) => TopLevelGrammar::from_json_schema(compact(schema)),
            Self::JsonObject => TopLevelGrammar::from_json_schema(compact(json!({ "type": "object" }))),
            Self::Regex(pattern) => TopLevelGrammar::from_regex(&pattern),
            Self::Choice(texts) => {
                let quoted = texts.into_iter().map(|text| Json::String(text).to_string()).collect::<Vec<_>>();
                TopLevelGrammar::from_lark(format!("start: {}", quoted.join(" | ")))
            }
            Self::Lark(grammar) => TopLevelGrammar::from_lark(grammar),
        }
    }
}

/// A model that knows no JSON would otherwise write spaces for ever, and fields that nobody named.
fn compact(mut schema: Json) -> Json {
    close(&mut schema);
    if let Json::Object(fields) = &mut schema {
        fields.entry("x-guidance").or_insert_with(|| json!({ "whitespace_flexible": false }));
    }
    schema
}

/// Lets objects that name their fields, and do not say whether they have others, have no others.
pub(crate) fn close(schema: &mut Json) {
    let Json::Object(fields) = schema else { return };
    // What is put together of several schemas has the fields of all of them.
    let is_whole =
        !["allOf", "$ref", "patternProperties", "unevaluatedProperties"].iter().any(|key| fields.contains_key(*key));
    if is_whole && fields.contains_key("properties") {
        fields.entry("additionalProperties").or_insert(Json::Bool(false));
    }
    for key in ["properties", "$defs", "definitions"] {
        if let Some(Json::Object(named)) = fields.get_mut(key) {
            named.values_mut().for_each(close);
        }
    }
    for key in ["anyOf", "oneOf"] {
        if let Some(Json::Array(several)) = fields.get_mut(key) {
            several.iter_mut().for_each(close);
        }
    }
    if let Some(items) = fields.get_mut("items") {
        close(items);
    }
}

/// The tokens of a model, prepared for forms; made once, as it takes some time.
pub(crate) struct Forms(ParserFactory);

/// The bytes of each token.
struct Tokens(TokTrie);

impl TokenizerEnv for Tokens {
    fn tok_trie(&self) -> &TokTrie {
        &self.0
    }

    fn tokenize_bytes(&self, bytes: &[u8]) -> Vec<TokenId> {
        self.0.greedy_tokenize(bytes)
    }

    /// The model may split any text as it likes.
    fn tokenize_is_canonical(&self) -> bool {
        false
    }
}

impl Forms {
    /// `tokenizer` is the contents of a `tokenizer.json`.
    pub(crate) fn new(tokenizer: &Json, vocab_size: usize, end_tokens: &[u32]) -> Result<Self, InferenceError> {
        let mut bytes = token_bytes_from_tokenizer_json(tokenizer).map_err(refused)?;
        bytes.resize(vocab_size, Vec::new());
        let end = *end_tokens.first().ok_or_else(|| InferenceError::Grammar("the model has no end token".into()))?;
        let trie = TokTrie::from(&TokRxInfo::new(vocab_size as u32, end), &bytes).with_eos_tokens(end_tokens);
        let tokens: TokEnv = Arc::new(Tokens(trie));
        let mut factory = ParserFactory::new_simple(&tokens).map_err(refused)?;
        factory.quiet().limits_mut().verbose_errors = false;
        Ok(Self(factory))
    }

    /// Fails where the grammar has no meaning or is too large.
    pub(crate) fn constraint(&self, grammar: Grammar) -> Result<Constraint, InferenceError> {
        if grammar == Grammar::Choice(Vec::new()) {
            return Err(InferenceError::Grammar("there is nothing to choose from".into()));
        }
        let matcher = Matcher::new(self.0.create_parser(grammar.compiled()));
        match matcher.get_error() {
            Some(error) => Err(InferenceError::Grammar(error)),
            None => Ok(Constraint(matcher)),
        }
    }
}

/// How far an answer has come in its form.
pub(crate) struct Constraint(Matcher);

impl Constraint {
    /// Makes the logits of all tokens minus infinity that the form cannot go on with.
    pub(crate) fn mask(&mut self, logits: &mut [f32]) -> Result<(), InferenceError> {
        let allowed = self.0.compute_mask_or_eos().map_err(refused)?;
        let words = allowed.as_slice();
        for (chunk, word) in logits.chunks_mut(u32::BITS as usize).zip(words) {
            for (bit, logit) in chunk.iter_mut().enumerate() {
                if word & (1 << bit) == 0 {
                    *logit = f32::NEG_INFINITY;
                }
            }
        }
        Ok(())
    }

    /// Goes on by a token that [`mask`](Self::mask) left; whether the form ends with it.
    pub(crate) fn push(&mut self, token: u32) -> Result<bool, InferenceError> {
        self.0.consume_token(token).map_err(refused)?;
        Ok(self.0.is_stopped())
    }
}

fn refused(error: impl ToString) -> InferenceError {
    InferenceError::Grammar(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_have_the_fields_that_are_named_and_others_only_where_that_is_said() {
        let inner = json!({ "properties": { "properties": { "type": "string" } } });
        let mut schema = json!({
            "properties": { "a": { "items": inner }, "b": { "additionalProperties": true, "properties": {} }, "c": { "allOf": [inner] } },
            "$defs": { "d": { "anyOf": [inner, { "type": "object" }] } },
        });
        close(&mut schema);
        let closed = |at: &str| schema.pointer(at).unwrap()["additionalProperties"].clone();
        assert_eq!(closed(""), false);
        assert_eq!(closed("/properties/a/items"), false);
        assert_eq!(closed("/properties/b"), true);
        assert_eq!(closed("/$defs/d/anyOf/0"), false);
        for open in ["/properties", "/properties/a", "/properties/c/allOf/0", "/$defs/d/anyOf/1"] {
            assert_eq!(closed(open), Json::Null, "{open}");
        }
    }
}
