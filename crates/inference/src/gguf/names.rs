//! The names of tensors: Hugging Face's, which the engine speaks, and GGUF's.

const WHOLE: [(&str, &str); 3] =
    [("model.embed_tokens", "token_embd"), ("model.norm", "output_norm"), ("lm_head", "output")];

const IN_A_LAYER: [(&str, &str); 11] = [
    ("input_layernorm", "attn_norm"),
    ("self_attn.q_proj", "attn_q"),
    ("self_attn.k_proj", "attn_k"),
    ("self_attn.v_proj", "attn_v"),
    ("self_attn.o_proj", "attn_output"),
    ("self_attn.q_norm", "attn_q_norm"),
    ("self_attn.k_norm", "attn_k_norm"),
    ("post_attention_layernorm", "ffn_norm"),
    ("mlp.gate_proj", "ffn_gate"),
    ("mlp.up_proj", "ffn_up"),
    ("mlp.down_proj", "ffn_down"),
];

/// `model.layers.3.mlp.up_proj.weight` is `blk.3.ffn_up.weight`; `None` for a name of neither kind.
pub(super) fn to_gguf(name: &str) -> Option<String> {
    let (stem, kind) = name.rsplit_once('.')?;
    if let Some(layer) = stem.strip_prefix("model.layers.") {
        let (number, part) = layer.split_once('.')?;
        return Some(format!("blk.{number}.{}.{kind}", find(&IN_A_LAYER, part)?));
    }
    Some(format!("{}.{kind}", find(&WHOLE, stem)?))
}

/// Every name that a model of so many layers can have, by Hugging Face.
pub(super) fn of_model(layers: usize) -> impl Iterator<Item = String> {
    let in_layers = (0..layers).flat_map(|layer| {
        IN_A_LAYER
            .iter()
            .flat_map(move |(part, _)| ["weight", "bias"].map(|kind| format!("model.layers.{layer}.{part}.{kind}")))
    });
    WHOLE.iter().map(|(stem, _)| format!("{stem}.weight")).chain(in_layers)
}

fn find<'a>(table: &[(&str, &'a str)], name: &str) -> Option<&'a str> {
    table.iter().find(|(theirs, _)| *theirs == name).map(|(_, own)| *own)
}

#[cfg(test)]
mod tests {
    use super::to_gguf;

    #[test]
    fn weights_and_biases_of_layers_and_of_the_whole_have_their_names() {
        assert_eq!(to_gguf("model.layers.12.self_attn.q_proj.bias").unwrap(), "blk.12.attn_q.bias");
        assert_eq!(to_gguf("lm_head.weight").unwrap(), "output.weight");
        assert_eq!(to_gguf("model.layers.0.mlp.experts.weight"), None);
        assert_eq!(to_gguf("weight"), None);
    }
}
