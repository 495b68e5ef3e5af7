//! Server-sent events, as far as an OpenAI-compatible stream uses them.

/// Bytes of one unfinished line that are kept before the stream is refused.
const MAX_LINE: usize = 1 << 20;

/// Cuts a stream of bytes, in whatever pieces it arrives, into the payloads of its `data:` lines.
#[derive(Default)]
pub struct Events {
    unfinished: Vec<u8>,
}

/// The peer sends a line without an end.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stream has a line of more than {MAX_LINE} bytes: this is no OpenAI-compatible API")]
pub struct LineTooLong;

impl Events {
    /// Takes the next piece and returns the payloads that it completes, `[DONE]` included.
    pub fn push(&mut self, piece: &[u8]) -> Result<Vec<String>, LineTooLong> {
        self.unfinished.extend_from_slice(piece);
        let end = self.unfinished.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        let complete: Vec<u8> = self.unfinished.drain(..end).collect();
        if self.unfinished.len() > MAX_LINE {
            return Err(LineTooLong);
        }
        let text = String::from_utf8_lossy(&complete);
        Ok(text.lines().filter_map(|line| line.strip_prefix("data:")).map(|data| data.trim().to_owned()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const STREAM: &str = "data: {\"a\":\"é\"}\n\n: keep-alive\r\ndata: {\"b\":2}\r\n\r\nevent: end\ndata: [DONE]\n\n";

    proptest! {
        #[test]
        fn pieces_of_any_size_give_the_same_events(size in 1usize..90) {
            let mut events = Events::default();
            let mut seen = Vec::new();
            for piece in STREAM.as_bytes().chunks(size) {
                seen.extend(events.push(piece).unwrap());
            }
            prop_assert_eq!(seen, ["{\"a\":\"é\"}", "{\"b\":2}", "[DONE]"]);
        }
    }

    #[test]
    fn a_line_without_an_end_is_refused() {
        let mut events = Events::default();
        assert_eq!(events.push(&vec![b'x'; MAX_LINE + 1]), Err(LineTooLong));
    }
}
