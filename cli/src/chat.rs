use crate::app::{Answer, App, Prompt};
use crate::context::Context;
use crate::format::printable;
use anyhow::Result;
use serde_json::json;
use std::io::{Read, Write};
use subnet_catalog::chat::CHAT_TEMPERATURE;

/// Where the first validator of a local network answers, if nobody else listens there.
pub const DEFAULT_APP: &str = "http://127.0.0.1:8080";

/// Ask the network: a validator hands your prompt to one of the best miners, and its answer streams to the terminal.
///
/// After the answer stands the miner who gave it, and whether its signature proves that. What --json prints can be saved
/// and checked by `plexus audit answer`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plexus chat \"What is vtrust?\"
  plexus chat \"Once more\" --max-tokens 64 --temperature 0 --app http://127.0.0.1:8080 --json")]
pub struct Args {
    /// What to ask; without it, standard input is read.
    prompt: Option<String>,
    /// The app API of a validator.
    #[arg(long, env = "PLEXUS_APP", default_value = DEFAULT_APP, value_name = "URL")]
    app: String,
    /// Most tokens of the answer.
    #[arg(long, value_name = "TOKENS")]
    max_tokens: Option<u32>,
    /// 0 always takes the likeliest token; higher is bolder.
    #[arg(long, default_value_t = CHAT_TEMPERATURE)]
    temperature: f32,
}

pub async fn run(args: Args, context: &Context) -> Result<()> {
    let Args { prompt, app, max_tokens, temperature } = args;
    let text = prompt.map_or_else(|| std::io::read_to_string(std::io::stdin().take(1 << 20)), Ok)?;
    let prompt = Prompt { text, max_tokens, temperature: Some(temperature) };
    let json = context.json;
    let answer = App::new(&app)?
        .ask(&prompt, |text| {
            if !json {
                print(text)
            }
        })
        .await?;
    let facts = json!({ "prompt": prompt.text, "answer": answer, "proven": answer.origin.is_proven() });
    context.show(&facts, || format!("\n\n{}", provenance(&answer)))
}

fn print(text: &str) {
    let mut stdout = std::io::stdout();
    // The answer goes on arriving where nobody reads it; what follows it tells of the closed pipe.
    let _ = write!(stdout, "{}", printable(text)).and_then(|()| stdout.flush());
}

fn provenance(answer: &Answer) -> String {
    let proof = if answer.origin.is_proven() { "its signature verifies" } else { "its signature does NOT verify" };
    format!("answered by miner {} (uid {}); {proof}", answer.origin.miner, answer.origin.uid)
}
