use crate::app;
use crate::context::Context;
use crate::format::printable;
use crate::model::SubnetArgs;
use anyhow::{ensure, Context as _, Result};
use serde::{Deserialize, Serialize};
use serde_json::{json, Value};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use subnet_catalog::chat::{Chat, Message};
use validator_api::Proof;

/// Most bytes of a file with an answer.
const MAX_FILE: u64 = 16 << 20;

/// Check an answer that an app has saved: that the miner signed it, and that its model really gave it.
///
/// The file is the body of a chat completion as the validator sent it, streamed or not but whole, or what `plexus chat
/// --json` printed. Neither the validator nor the miner is asked. Look at the question, too: only the app knows whether it
/// asked that.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus audit answer answer.json
  plexus audit answer answer.json --model models/tiny --subnet text --json
  plexus audit answer answer.json --stop END")]
pub struct Args {
    /// The saved answer.
    file: PathBuf,
    /// What the subnet does, by its name in the catalog.
    #[arg(long, default_value = "text", value_name = "NAME")]
    subnet: String,
    /// A stop text of the app's request, at the first of which the answer was cut; may be given several times.
    #[arg(long, value_name = "TEXT")]
    stop: Vec<String>,
    #[command(flatten)]
    with: SubnetArgs,
}

/// An answer as an app has it.
struct Saved {
    proof: Proof,
    /// What the app was shown.
    shown: String,
}

/// What the miner was asked, as it signed it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Question {
    messages: Vec<Message>,
    max_tokens: u32,
}

/// What the audit of an answer found.
#[derive(Serialize)]
struct Audit {
    /// Nothing where it cannot be read.
    question: Option<Question>,
    checks: Vec<Check>,
}

/// One thing that the audit looked at.
#[derive(Serialize)]
struct Check {
    name: &'static str,
    passed: bool,
    detail: String,
}

pub fn run(args: Args, context: &Context) -> Result<()> {
    let saved = read(&args.file)?;
    let chat = args.with.grader(&args.subnet)?.chat;
    let chat = chat.with_context(|| format!("nobody can chat with the subnet {}", args.subnet))?;
    let audit = Audit { question: question(&saved.proof), checks: audit(&saved, &*chat, &args.stop) };
    context.show(&audit, || describe(&saved, &audit))?;
    let failed: Vec<_> = audit.checks.iter().filter(|check| !check.passed).map(|check| check.name).collect();
    ensure!(failed.is_empty(), "the answer does not hold: {}", failed.join(", "));
    Ok(())
}

fn read(file: &Path) -> Result<Saved> {
    let mut text = String::new();
    let opened = File::open(file).with_context(|| format!("cannot open {}", file.display()))?;
    opened.take(MAX_FILE).read_to_string(&mut text).with_context(|| format!("cannot read {}", file.display()))?;
    let document = document(&text).with_context(|| format!("{} cannot be read", file.display()))?;
    saved(&document).with_context(|| {
        let file = file.display();
        format!("{file} is no answer with its text and its proof: save the whole body of a chat completion")
    })
}

/// The JSON of a saved answer; a stream is put together first.
fn document(text: &str) -> Result<Value> {
    if text.starts_with("data:") {
        return Ok(json!({ "answer": app::from_stream(text)? }));
    }
    serde_json::from_str(text).context("it is not JSON")
}

/// Nothing where the text that was shown is missing, as in a chunk of a stream: its proof says nothing of what the app saw.
fn saved(document: &Value) -> Option<Saved> {
    let places = [(&document["plexus"], &document["choices"][0]["message"]["content"]), {
        let answer = &document["answer"];
        (answer, &answer["text"])
    }];
    places.into_iter().find_map(|(proof, shown)| {
        let proof = Proof::deserialize(proof).ok()?;
        Some(Saved { proof, shown: shown.as_str()?.to_owned() })
    })
}

fn question(proof: &Proof) -> Option<Question> {
    serde_json::from_str(&proof.challenge).ok()
}

fn audit(Saved { proof, shown }: &Saved, chat: &dyn Chat, stop: &[String]) -> Vec<Check> {
    let check = |name, passed, detail: &str| Check { name, passed, detail: detail.into() };
    let mut checks = vec![
        check("signature", proof.answer_is_signed(), "the miner signed this answer"),
        check("challenge", proof.answers_the_challenge(), "it signed it as the answer to this challenge"),
    ];
    match chat.read(&proof.miner, proof.challenge.as_bytes(), proof.answer.as_bytes()) {
        Ok(reply) => {
            checks.push(check("model", true, &format!("{} gives this answer for this miner", chat.model_name())));
            checks.push(compare(shown, &reply.text, stop));
        }
        Err(unfit) => checks.push(check("model", false, &unfit.to_string())),
    }
    checks
}

/// Whether an app was `shown` what the miner `said`, up to the first of its stop texts.
fn compare(shown: &str, said: &str, stop: &[String]) -> Check {
    let end = stop.iter().filter_map(|stop| said.find(stop.as_str())).min().unwrap_or(said.len());
    let passed = shown == &said[..end];
    let detail = match (passed, said.starts_with(shown)) {
        (true, _) => "the validator showed what the miner said".into(),
        (false, true) => {
            let [shown, said] = [shown, said].map(|text| text.chars().count());
            format!("shown {shown} of {said} characters that the miner said: name the app's stop texts with --stop")
        }
        (false, false) => "the validator showed another text than the miner said".into(),
    };
    Check { name: "text", passed, detail }
}

fn describe(saved: &Saved, Audit { question, checks }: &Audit) -> String {
    let line = |check: &Check| {
        let outcome = if check.passed { "ok" } else { "FAILED" };
        format!("{outcome:6}  {:9}  {}", check.name, printable(&check.detail))
    };
    let Proof { miner, uid, netuid, .. } = &saved.proof;
    let asked = question.as_ref().map(asked).unwrap_or_default();
    let lines: Vec<_> = asked.into_iter().chain(checks.iter().map(line)).collect();
    format!("answer of miner {miner} (uid {uid} on subnet {netuid})\n{}", lines.join("\n"))
}

fn asked(Question { messages, max_tokens }: &Question) -> Vec<String> {
    // What others wrote must not look like a line of the audit.
    let text = |text: &str| printable(text).replace('\n', "\n        ");
    let said = |message: &Message| format!("asked   {:9}  {}", text(&message.role), text(&message.content));
    let limit = format!("asked   at most {max_tokens} tokens");
    messages.iter().map(said).chain([limit]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::tests::origin;
    use primitives::AccountId;
    use subnet_catalog::chat::{Ask, ChatError, Reply, Unfit};

    /// Believes every answer, and reads it as it is.
    struct Credulous;

    impl Chat for Credulous {
        fn model_name(&self) -> &str {
            "credulous"
        }

        fn model_id(&self) -> &str {
            "c0"
        }

        fn challenge(&self, _: &Ask) -> Result<Vec<u8>, ChatError> {
            Ok(Vec::new())
        }

        fn read(&self, _: &AccountId, _: &[u8], answer: &[u8]) -> Result<Reply, Unfit> {
            let text = String::from_utf8_lossy(answer).into_owned();
            Ok(Reply { text, finish: "stop", prompt_tokens: 1, completion_tokens: 1 })
        }
    }

    /// Signed for something else.
    fn proof() -> Value {
        let mut proof = serde_json::to_value(origin("//Dave")).unwrap();
        let miner = proof["miner"].clone();
        let hash = proof["receipt"]["request_hash"].clone();
        let nonce = [0u8; 16];
        proof["netuid"] = json!(1);
        proof["request"] = json!({
            "sender": miner, "receiver": miner, "nonce": nonce, "issued": 1, "expires": 2, "body_hash": hash,
        });
        (proof["challenge"], proof["answer"]) = (json!("a question"), json!("To be or not"));
        proof
    }

    fn failed(document: Value) -> Vec<&'static str> {
        failed_with(document, &[])
    }

    fn failed_with(document: Value, stop: &[&str]) -> Vec<&'static str> {
        let stop: Vec<_> = stop.iter().map(|stop| (*stop).to_owned()).collect();
        let checks = audit(&saved(&document).unwrap(), &Credulous, &stop);
        checks.into_iter().filter(|check| !check.passed).map(|check| check.name).collect()
    }

    #[test]
    fn an_answer_that_the_miner_did_not_sign_does_not_hold() {
        let shown = json!([{ "message": { "content": "To be or not" } }]);
        assert_eq!(failed(json!({ "plexus": proof(), "choices": shown })), ["signature", "challenge"]);
    }

    #[test]
    fn a_text_that_the_miner_did_not_say_is_noticed_in_either_form_of_the_file() {
        let shown = json!([{ "message": { "content": "To be sure" } }]);
        assert!(failed(json!({ "plexus": proof(), "choices": shown })).contains(&"text"));
        let mut answer = proof();
        answer["text"] = json!("To be sure");
        assert!(failed(json!({ "prompt": "?", "answer": answer, "proven": true })).contains(&"text"));
    }

    #[test]
    fn only_a_stop_text_explains_an_answer_that_was_cut() {
        let shown = |text: &str| json!({ "plexus": proof(), "choices": [{ "message": { "content": text } }] });
        for cut in ["", "To be", "To be or no"] {
            assert!(failed(shown(cut)).contains(&"text"), "{cut}");
        }
        assert!(!failed_with(shown("To be"), &["not", " or"]).contains(&"text"));
        assert!(failed_with(shown("To"), &["not", " or"]).contains(&"text"));
        assert!(failed_with(shown("To be or not"), &[" or"]).contains(&"text"));
        let found = compare("To be", "To be or not", &[]);
        assert!(found.detail.starts_with("shown 5 of 12 characters"), "{}", found.detail);
    }

    #[test]
    fn the_question_that_the_miner_signed_is_shown() {
        let mut proof = proof();
        let asked = r#"{"messages":[{"role":"user","content":"What is vtrust?"}],"max_tokens":7,"nonce":"n"}"#;
        proof["challenge"] = json!(asked);
        let saved = saved(&json!({ "plexus": proof, "choices": [{ "message": { "content": "" } }] })).unwrap();
        let audit = Audit { question: question(&saved.proof), checks: vec![] };
        let text = describe(&saved, &audit);
        assert!(text.contains("What is vtrust?") && text.contains("at most 7 tokens"), "{text}");
    }

    /// A chunk of a stream, as the validator sends it.
    fn chunk(delta: Value, finish: Option<&str>, proof: Option<Value>) -> Value {
        let choice = json!({ "index": 0, "delta": delta, "finish_reason": finish });
        let mut chunk = json!({ "object": "chat.completion.chunk", "choices": [choice] });
        chunk.as_object_mut().unwrap().extend(proof.map(|proof| ("plexus".to_owned(), proof)));
        chunk
    }

    #[test]
    fn the_last_chunk_of_a_stream_alone_is_refused_although_it_has_the_proof() {
        assert!(saved(&chunk(json!({}), Some("stop"), Some(proof()))).is_none());
        let mut answer = proof();
        answer["text"] = Value::Null;
        assert!(saved(&json!({ "answer": answer })).is_none());
    }

    #[test]
    fn a_whole_stream_is_held_to_what_the_miner_said() {
        let stream = |words: [&str; 2]| {
            let words = words.map(|word| chunk(json!({ "content": word }), None, None).to_string());
            let last = chunk(json!({}), Some("stop"), Some(proof())).to_string();
            [&words[..], &[last, "[DONE]".into()]].concat().iter().map(|data| format!("data: {data}\n\n")).collect()
        };
        let failing = |text: String| failed(document(&text).unwrap());
        assert!(!failing(stream(["To be ", "or not"])).contains(&"text"));
        assert!(failing(stream(["To be ", "sure"])).contains(&"text"));
        let whole: String = stream(["To be ", "or not"]);
        let begun = whole.split_inclusive("\n\n").next().unwrap();
        assert!(document(begun).unwrap_err().to_string().contains("broke off"));
        assert!(document(&whole[..whole.len() / 2]).is_err());
    }

    #[test]
    fn an_answer_without_its_proof_is_refused() {
        assert!(saved(&json!({ "choices": [] })).is_none());
        assert!(saved(&json!({ "plexus": origin("//Dave"), "choices": [] })).is_none());
    }
}
