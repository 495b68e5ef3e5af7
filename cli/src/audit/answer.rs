use super::ModelArgs;
use crate::context::Context;
use crate::format::printable;
use anyhow::{ensure, Context as _, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use subnet_catalog::chat::Chat;
use validator_api::Proof;

/// Most bytes of a file with an answer.
const MAX_FILE: u64 = 16 << 20;

/// Check an answer that an app has saved: that the miner signed it, and that its model really gave it.
///
/// The file is the body of a chat completion as the validator sent it, or what `plexus chat --json` printed. Neither the
/// validator nor the miner is asked.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus audit answer answer.json
  plexus audit answer answer.json --model models/tiny --subnet text --json")]
pub struct Args {
    /// The saved answer.
    file: PathBuf,
    /// What the subnet does, by its name in the catalog.
    #[arg(long, default_value = "text", value_name = "NAME")]
    subnet: String,
    #[command(flatten)]
    model: ModelArgs,
}

/// An answer as an app has it.
struct Saved {
    proof: Proof,
    /// What the app was shown; nothing where the file does not say.
    shown: Option<String>,
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
    let chat = args.model.grader(&args.subnet)?.chat;
    let chat = chat.with_context(|| format!("nobody can chat with the subnet {}", args.subnet))?;
    let checks = audit(&saved, &*chat);
    context.show(&checks, || describe(&saved, &checks))?;
    let failed: Vec<_> = checks.iter().filter(|check| !check.passed).map(|check| check.name).collect();
    ensure!(failed.is_empty(), "the answer does not hold: {}", failed.join(", "));
    Ok(())
}

fn read(file: &Path) -> Result<Saved> {
    let mut text = String::new();
    let opened = File::open(file).with_context(|| format!("cannot open {}", file.display()))?;
    opened.take(MAX_FILE).read_to_string(&mut text).with_context(|| format!("cannot read {}", file.display()))?;
    let document = serde_json::from_str(&text).with_context(|| format!("{} is not JSON", file.display()))?;
    saved(&document).with_context(|| {
        format!(
            "{} is no answer with its proof: save the whole body of a chat completion, not streamed",
            file.display()
        )
    })
}

fn saved(document: &Value) -> Option<Saved> {
    let places = [(&document["plexus"], &document["choices"][0]["message"]["content"]), {
        let answer = &document["answer"];
        (answer, &answer["text"])
    }];
    places.into_iter().find_map(|(proof, shown)| {
        let proof = Proof::deserialize(proof).ok()?;
        Some(Saved { proof, shown: shown.as_str().map(str::to_owned) })
    })
}

fn audit(Saved { proof, shown }: &Saved, chat: &dyn Chat) -> Vec<Check> {
    let check = |name, passed, detail: &str| Check { name, passed, detail: detail.into() };
    let mut checks = vec![
        check("signature", proof.answer_is_signed(), "the miner signed this answer"),
        check("challenge", proof.answers_the_challenge(), "it signed it as the answer to this challenge"),
    ];
    match chat.read(&proof.miner, proof.challenge.as_bytes(), proof.answer.as_bytes()) {
        Ok(reply) => {
            checks.push(check("model", true, &format!("{} gives this answer for this miner", chat.model_name())));
            // A stop text of the app cuts an answer short.
            let is_shown = |shown: &String| reply.text.starts_with(shown);
            let shown = shown.as_ref().map(is_shown);
            checks.extend(shown.map(|passed| check("text", passed, "the validator showed what the miner said")));
        }
        Err(unfit) => checks.push(check("model", false, &unfit.to_string())),
    }
    checks
}

fn describe(saved: &Saved, checks: &[Check]) -> String {
    let line = |check: &Check| {
        let outcome = if check.passed { "ok" } else { "FAILED" };
        format!("{outcome:6}  {:9}  {}", check.name, printable(&check.detail))
    };
    let Proof { miner, uid, netuid, .. } = &saved.proof;
    let lines: Vec<_> = checks.iter().map(line).collect();
    format!("answer of miner {miner} (uid {uid} on subnet {netuid})\n{}", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::tests::origin;
    use primitives::AccountId;
    use serde_json::json;
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
        let checks = audit(&saved(&document).unwrap(), &Credulous);
        checks.into_iter().filter(|check| !check.passed).map(|check| check.name).collect()
    }

    #[test]
    fn an_answer_that_the_miner_did_not_sign_does_not_hold() {
        let shown = json!([{ "message": { "content": "To be" } }]);
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
    fn an_answer_without_its_proof_is_refused() {
        assert!(saved(&json!({ "choices": [] })).is_none());
        assert!(saved(&json!({ "plexus": origin("//Dave"), "choices": [] })).is_none());
    }
}
