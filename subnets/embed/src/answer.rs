use base64::engine::general_purpose::STANDARD;
use base64::Engine;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a miner returns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EmbedAnswer {
    /// Hash of configuration, tokenizer and weights of the model that ran, see [`crate::Encoder::id`].
    pub model: String,
    /// One for each text, in their order, each of length 1.
    pub vectors: Vec<Vector>,
}

/// Numbers as 32-bit floats, little-endian, in base64.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Vector(pub Vec<f32>);

/// Why a text is no vector.
#[derive(Debug, thiserror::Error)]
pub enum BadVector {
    #[error("a vector is not base64: {0}")]
    NotBase64(#[from] base64::DecodeError),
    #[error("a vector has {0} bytes, which are no whole 32-bit numbers")]
    BrokenNumber(usize),
}

impl TryFrom<String> for Vector {
    type Error = BadVector;

    fn try_from(text: String) -> Result<Self, BadVector> {
        let bytes = STANDARD.decode(text)?;
        let (numbers, rest) = bytes.as_chunks::<4>();
        match rest.is_empty() {
            true => Ok(Self(numbers.iter().map(|number| f32::from_le_bytes(*number)).collect())),
            false => Err(BadVector::BrokenNumber(bytes.len())),
        }
    }
}

impl From<Vector> for String {
    fn from(Vector(numbers): Vector) -> Self {
        STANDARD.encode(numbers.into_iter().flat_map(f32::to_le_bytes).collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_survives_the_way_over_the_wire_bit_for_bit() {
        let vector = Vector(vec![0.1, -2.5e-30, f32::MAX]);
        let json = serde_json::to_string(&vector).unwrap();
        assert_eq!(serde_json::from_str::<Vector>(&json).unwrap(), vector);
    }

    #[test]
    fn what_is_no_list_of_numbers_is_refused() {
        for (json, fault) in [(r#""AAAA""#, "3 bytes"), (r#""?""#, "base64"), ("[1.0]", "string")] {
            let error = serde_json::from_str::<Vector>(json).unwrap_err().to_string();
            assert!(error.contains(fault), "{error}");
        }
    }
}
