//! The body of `POST /v1/embeddings`.

use crate::common::Input;
use crate::error::ApiError;
use base64::engine::general_purpose::STANDARD;
use base64::Engine as _;
use serde::Deserialize;
use serde_json::{json, Value};

#[derive(Clone, Debug, Deserialize)]
pub struct EmbeddingRequest {
    pub model: String,
    pub input: Input,
    encoding_format: Option<Encoding>,
    dimensions: Option<usize>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Encoding {
    #[default]
    Float,
    /// Of 32-bit floating point numbers, least byte first.
    Base64,
}

impl EmbeddingRequest {
    pub fn parse(body: &[u8]) -> Result<Self, ApiError> {
        serde_json::from_slice(body)
            .map_err(|error| ApiError::invalid(None, format!("the body is not an embedding request: {error}")))
    }

    /// How many dimensions are asked for, of the `most` that the model has.
    pub fn width(&self, most: usize) -> Result<usize, ApiError> {
        let width = self.dimensions.unwrap_or(most);
        match (1..=most).contains(&width) {
            true => Ok(width),
            false => {
                let message = format!("dimensions is {width}, and this model has 1 to {most}");
                Err(ApiError::invalid(Some("dimensions"), message))
            }
        }
    }

    /// The first dimensions of `mean`, scaled to length 1, as they were asked for.
    pub fn encode(&self, mut mean: Vec<f32>) -> Result<Value, ApiError> {
        mean.truncate(self.width(mean.len())?);
        let length = mean.iter().map(|value| value * value).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
        mean.iter_mut().for_each(|value| *value /= length);
        Ok(match self.encoding_format.unwrap_or_default() {
            Encoding::Float => json!(mean),
            Encoding::Base64 => {
                json!(STANDARD.encode(mean.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>()))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(more: Value) -> Result<Value, ApiError> {
        let mut body = json!({ "model": "tiny", "input": "hi" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        EmbeddingRequest::parse(body.to_string().as_bytes()).unwrap().encode(vec![3.0, 4.0, 12.0])
    }

    #[test]
    fn an_embedding_has_length_one_in_any_number_of_dimensions() {
        assert_eq!(encoded(json!({ "dimensions": 2 })).unwrap(), json!([0.6f32, 0.8f32]));
        assert_eq!(encoded(json!({})).unwrap()[2], json!(12.0f32 / 13.0));
        assert!(encoded(json!({ "dimensions": 4 })).is_err() && encoded(json!({ "dimensions": 0 })).is_err());
    }

    #[test]
    fn base64_holds_the_same_numbers() {
        let text = encoded(json!({ "dimensions": 1, "encoding_format": "base64" })).unwrap();
        assert_eq!(STANDARD.decode(text.as_str().unwrap()).unwrap(), 1.0f32.to_le_bytes());
    }
}
