//! The model card: what the model is, how it was made, how good it is.

use blake2::{Blake2b512, Digest};

use crate::args::Args;
use crate::evaluate::{HeldOut, Score};
use crate::model::Model;
use crate::plot::Measured;
use crate::tasks::KINDS;

/// Markdown for `README.md` in the model's folder; the last of `history` is the state that the folder holds.
pub fn render(args: &Args, text: &str, model: &Model, history: &[Measured], dialogue: &[(&str, String)]) -> String {
    let sections =
        [about(args, text, model), training(args, history), measured(history), talk(dialogue), FORMAT.into()];
    sections.join("\n")
}

const FORMAT: &str = "\
## Chat format

A message is `<|system|>`, `<|user|>` or `<|assistant|>`, its text, and `<|end|>`; there is no token at the beginning.
Whatever comes from a tool speaks as the user.
";

fn about(args: &Args, text: &str, model: &Model) -> String {
    let shape = &model.shape;
    format!(
        "\
# {title}

A small language model of the Llama architecture: {parameters} parameters, {layers} layers of width {hidden}, a
byte-level BPE vocabulary of {vocab} tokens, trained from random weights on windows of {context} tokens. It explains the
network, does small tasks, and writes in the manner of the text below; it knows nothing else. It exists so that the network
can be run, checked and talked to on any machine.

## What it learned from

- The text `{text_name}`{source}, {bytes} bytes, `b2sum` `{hash}`.
- Facts about the network, each in many wordings: `trainer/data/network.toml`.
- Small tasks of {kinds} kinds, made by a program from a seed: `trainer/src/tasks`.
- Requests for prose, in the form of the text subnet's challenges, answered with passages of the text.
",
        title = file_name(&args.out),
        parameters = model.parameter_count(),
        layers = shape.layers,
        hidden = shape.hidden_size,
        vocab = shape.vocab_size,
        context = args.context,
        text_name = file_name(&args.text),
        source = args.text_source.as_ref().map(|source| format!(" ({source})")).unwrap_or_default(),
        bytes = text.len(),
        hash = hex::encode(Blake2b512::digest(text)),
        kinds = KINDS.len(),
    )
}

fn training(args: &Args, history: &[Measured]) -> String {
    format!(
        "\
## Training

`make model` fetches the text and runs

```sh
{command}
```

The loss is taken of what the assistant says and of running text. The folder holds the state after step {step}, the best
of those measured. The same command gives the same model on the same kind of processor, whatever the number of threads.

![The losses of all parts over the steps](loss.svg)
",
        command = command(args),
        step = history.last().map_or(0, |last| last.step),
    )
}

/// Tables of what was held out.
fn measured(history: &[Measured]) -> String {
    let Some(HeldOut { text, text_per_byte, network, prose, tasks, kinds }) = history.last().map(|last| &last.held_out)
    else {
        return String::new();
    };
    let exact = |score: &Score| format!("{} of {} ({:.0} %)", score.exact, score.windows, 100.0 * score.share());
    let rows = KINDS.iter().zip(kinds).map(|(kind, score)| format!("| {} | {} |\n", kind.name, exact(score)));
    format!(
        "\
## Measured on what was held out

The end of the text, one wording of each fact, and an eighth of all tasks. An answer is exact if the likeliest tokens
are those of the expected answer, from the first to the end.

| part | nats per token | exact answers |
| --- | --- | --- |
| running text | {:.3} ({:.2} bits per byte) | |
| prose on request | {:.3} | |
| the network | {:.3} | {} |
| tasks | {:.3} | {} |

| task | exact answers |
| --- | --- |
{}",
        text.loss,
        text_per_byte / std::f64::consts::LN_2,
        prose.loss,
        network.loss,
        exact(network),
        tasks.loss,
        exact(tasks),
        rows.collect::<String>()
    )
}

fn talk(dialogue: &[(&str, String)]) -> String {
    let turns = dialogue.iter().map(|(question, answer)| format!("> {question}\n{answer}\n"));
    format!("## How it talks\n\nThe likeliest answers:\n\n```text\n{}```\n", turns.collect::<Vec<_>>().join("\n"))
}

/// The command that makes this model again, with every choice spelled out.
fn command(args: &Args) -> String {
    let options = [
        ("text", file_name(&args.text)),
        ("out", args.out.display().to_string()),
        ("steps", args.steps.to_string()),
        ("evaluate-every", args.evaluate_every.to_string()),
        ("batch", args.batch.to_string()),
        ("micro-batch", args.micro_batch.to_string()),
        ("context", args.context.to_string()),
        ("text-share", args.text_share.to_string()),
        ("network-share", args.network_share.to_string()),
        ("task-share", args.task_share.to_string()),
        ("prose-share", args.prose_share.to_string()),
        ("held-out", args.held_out.to_string()),
        ("learning-rate", args.learning_rate.to_string()),
        ("weight-decay", args.weight_decay.to_string()),
        ("seed", args.seed.to_string()),
        ("vocab-size", args.vocab_size.to_string()),
        ("hidden-size", args.hidden_size.to_string()),
        ("intermediate-size", args.intermediate_size.to_string()),
        ("layers", args.layers.to_string()),
        ("heads", args.heads.to_string()),
        ("kv-heads", args.kv_heads.to_string()),
        ("max-position", args.max_position.to_string()),
    ];
    let options = options.map(|(name, value)| format!("--{name} {value}"));
    let lines = options.chunks(5).map(|line| line.join(" ")).collect::<Vec<_>>();
    format!("plexus-trainer {}", lines.join(" \\\n    "))
}

fn file_name(path: &std::path::Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
