//! The model card: what the model is, how it was made, how good it is.

use blake2::{Blake2b512, Digest};

use crate::args::Args;
use crate::evaluate::HeldOut;
use crate::model::Model;

/// Markdown for `README.md` in the model's folder.
pub fn render(args: &Args, text: &str, model: &Model, step: usize, measured: &HeldOut) -> String {
    let shape = &model.shape;
    format!(
        "\
# {title}

A small language model of the Llama architecture: {parameters} parameters, {layers} layers of width {hidden}, a
byte-level BPE vocabulary of {vocab} tokens, sequences of up to {positions} tokens. It was trained from random weights
on one text, answers in the manner of that text and knows nothing else: it exists so that the network can be run and
checked on any machine.

## Text

`{text_name}`{source}, {bytes} bytes, `b2sum`:

```
{hash}
```

## Training

```sh
{command}
```

The last {held_out} % of the text were kept for measuring. The folder holds the state after step {step}, the best of
those measured. The same command gives the same model on the same kind of processor, whatever the number of threads.

| loss on the held-out text | nats per token |
| --- | --- |
| running text | {loss:.3} ({per_byte:.3} nats or {bits:.2} bits per byte) |
| conversations | {chat:.3} |

## Chat format

A message is `<|user|>` or `<|assistant|>`, its text, and `<|end|>`; there is no token at the beginning.
",
        title = file_name(&args.out),
        parameters = model.parameter_count(),
        layers = shape.layers,
        hidden = shape.hidden_size,
        vocab = shape.vocab_size,
        positions = shape.max_position,
        text_name = file_name(&args.text),
        source = args.text_source.as_ref().map(|source| format!(" ({source})")).unwrap_or_default(),
        bytes = text.len(),
        hash = hex::encode(Blake2b512::digest(text)),
        command = command(args),
        held_out = args.held_out * 100.0,
        loss = measured.text,
        per_byte = measured.text_per_byte,
        bits = measured.text_per_byte / std::f64::consts::LN_2,
        chat = measured.chat,
    )
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
        ("chat-share", args.chat_share.to_string()),
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
