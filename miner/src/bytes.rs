//! Numbers of bytes as people write them.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::str::FromStr;

/// So many bytes: `2GiB`, `1.5 GB`, `512MiB`, or the plain number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bytes(pub u64);

const UNITS: [(&str, u64); 8] = [
    ("", 1),
    ("b", 1),
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
];

impl FromStr for Bytes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unknown = || format!("{text:?} is no size: write it like 2GiB, 512MiB or 1.5GB");
        let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
        let (number, unit) = (&text[..end], text[end..].trim().to_lowercase());
        let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(unknown)?;
        let number = number.parse::<f64>().map_err(|_| unknown())?;
        Ok(Self((number * *factor as f64) as u64))
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Number(u64),
            Text(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Number(number) => Ok(Self(number)),
            Written::Text(text) => text.parse().map_err(serde::de::Error::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_in_the_units_that_people_use() {
        let read = |text: &str| text.parse::<Bytes>().map(|bytes| bytes.0);
        assert_eq!(read("2GiB"), Ok(2 << 30));
        assert_eq!(read("512 mib"), Ok(512 << 20));
        assert_eq!(read("1.5GB"), Ok(1_500_000_000));
        assert_eq!(read("4096"), Ok(4096));
        for wrong in ["", "GiB", "2 gallons", "-1GiB", "1.2.3MB"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_file_may_say_it_either_way() {
        assert_eq!(serde_json::from_str::<Bytes>("4096").unwrap(), Bytes(4096));
        assert_eq!(serde_json::from_str::<Bytes>("\"1KiB\"").unwrap(), Bytes(1024));
        assert_eq!(serde_json::to_string(&Bytes(7)).unwrap(), "7");
    }
}
