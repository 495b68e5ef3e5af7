//! Who stands behind a subnet or a coldkey, in their own words.

use alloc::string::String;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// What the owner of a subnet says about it. Each text may be empty, and takes no more bytes than
/// [`SubnetIdentity::MOST`] allows.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, Serialize, Deserialize,
)]
pub struct SubnetIdentity {
    pub name: String,
    pub url: String,
    pub description: String,
    /// How to reach the owner.
    pub contact: String,
}

/// What a coldkey says about itself; each text may be empty, and takes at most [`Identity::MOST`] bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo, Serialize, Deserialize)]
pub struct Identity {
    pub name: String,
    pub url: String,
    pub email: String,
    pub matrix: String,
    pub twitter: String,
    /// Where a picture lies.
    pub image: String,
}

/// Why a text is not taken. Each text says what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextError {
    TooLong { field: &'static str, most: u32 },
    NotPlain { field: &'static str },
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { field, most } => write!(f, "{field} has more than {most} bytes; shorten it"),
            Self::NotPlain { field } => {
                write!(f, "{field} has control characters, or some that nobody sees; leave them out")
            }
        }
    }
}

impl core::error::Error for TextError {}

/// Whether a character shows as itself: line breaks and other control characters do not, nor does what is invisible or
/// turns the direction of the text around it.
pub fn is_plain(character: char) -> bool {
    let hidden = matches!(
        character,
        '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
    );
    !(character.is_control() || hidden)
}

fn check(field: &'static str, text: &str, most: u32) -> Result<(), TextError> {
    if text.len() > most as usize {
        return Err(TextError::TooLong { field, most });
    }
    match text.chars().all(is_plain) {
        true => Ok(()),
        false => Err(TextError::NotPlain { field }),
    }
}

impl SubnetIdentity {
    /// The most bytes of name, URL, description and contact.
    pub const MOST: [u32; 4] = [64, 128, 512, 128];

    pub fn validate(&self) -> Result<(), TextError> {
        let [name, url, description, contact] = Self::MOST;
        check("name", &self.name, name)?;
        check("url", &self.url, url)?;
        check("description", &self.description, description)?;
        check("contact", &self.contact, contact)
    }
}

/// Of what has been validated, which is all that the chain keeps.
impl MaxEncodedLen for SubnetIdentity {
    fn max_encoded_len() -> usize {
        // The length of a text takes at most two bytes.
        Self::MOST.iter().map(|most| *most as usize + 2).sum()
    }
}

impl Identity {
    /// The most bytes of each text.
    pub const MOST: u32 = 32;

    pub fn validate(&self) -> Result<(), TextError> {
        let Self { name, url, email, matrix, twitter, image } = self;
        let fields = [
            ("name", name),
            ("url", url),
            ("email", email),
            ("matrix", matrix),
            ("twitter", twitter),
            ("image", image),
        ];
        fields.into_iter().try_for_each(|(field, text)| check(field, text, Self::MOST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> SubnetIdentity {
        SubnetIdentity { name: name.into(), ..Default::default() }
    }

    #[test]
    fn a_text_in_any_script_is_taken_up_to_its_bytes() {
        assert_eq!(SubnetIdentity::default().validate(), Ok(()));
        assert_eq!(named("Größer · 言語 🙂").validate(), Ok(()));
        assert_eq!(named(&"é".repeat(32)).validate(), Ok(()));
        assert_eq!(named(&"é".repeat(33)).validate(), Err(TextError::TooLong { field: "name", most: 64 }));
        let long = Identity { twitter: "x".repeat(33), ..Default::default() };
        assert_eq!(long.validate(), Err(TextError::TooLong { field: "twitter", most: 32 }));
    }

    #[test]
    fn a_text_that_does_not_show_as_itself_is_refused() {
        for surprise in ["a\nb", "a\u{1b}[2J", "a\0", "\u{202e}moc.live", "a\u{200b}b", "\u{feff}a", "a\u{85}b"] {
            assert_eq!(named(surprise).validate(), Err(TextError::NotPlain { field: "name" }), "{surprise:?}");
        }
        let identity = Identity { image: "a\tb".into(), ..Default::default() };
        assert_eq!(identity.validate(), Err(TextError::NotPlain { field: "image" }));
    }

    #[test]
    fn the_longest_identity_of_a_subnet_fills_its_bound() {
        let [name, url, description, contact] = SubnetIdentity::MOST.map(|most| "x".repeat(most as usize));
        let longest = SubnetIdentity { name, url, description, contact };
        assert_eq!(longest.validate(), Ok(()));
        assert_eq!(longest.encode().len(), SubnetIdentity::max_encoded_len());
    }
}
