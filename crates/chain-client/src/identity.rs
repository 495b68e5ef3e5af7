//! A coldkey's identity as the stock pallet reads it.

use crate::ChainError;
use primitives::Identity;

/// Additional fields, display name, legal name, web, Matrix, email, PGP fingerprint, image, Twitter; those that we do
/// not use are empty, which is a zero each.
pub(crate) fn encode(identity: &Identity) -> Result<Vec<u8>, ChainError> {
    identity.validate().map_err(ChainError::BadText)?;
    let Identity { name, url, email, matrix, twitter, image } = identity;
    let unused = || vec![0];
    let (name, url, email, matrix) = (data(name), data(url), data(email), data(matrix));
    Ok([unused(), name, unused(), url, matrix, email, unused(), data(image), data(twitter)].concat())
}

/// One byte tells the length, counted from one; nothing at all is a zero.
fn data(text: &str) -> Vec<u8> {
    match u8::try_from(text.len()) {
        Ok(length @ 1..) => [&[length + 1], text.as_bytes()].concat(),
        _ => vec![0],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use primitives::TextError;

    #[test]
    fn each_text_stands_at_its_place_with_its_length() {
        let identity = Identity { name: "Ann".into(), url: "a.b".into(), twitter: "ann".into(), ..Default::default() };
        let expected = [&[0, 4][..], b"Ann", &[0, 4], b"a.b", &[0, 0, 0, 0, 4], b"ann"].concat();
        assert_eq!(encode(&identity), Ok(expected));
        let longest = Identity { name: "x".repeat(32), ..Default::default() };
        assert_eq!(encode(&longest).unwrap()[1], 33);
    }

    #[test]
    fn what_does_not_fit_is_not_sent() {
        let long = Identity { email: "x".repeat(33), ..Default::default() };
        let error = encode(&long).unwrap_err();
        assert_eq!(error, ChainError::BadText(TextError::TooLong { field: "email", most: 32 }));
        assert!(error.to_string().contains("email has more than 32 bytes"), "{error}");
    }
}
