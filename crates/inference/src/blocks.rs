//! Which blocks of a KV cache are in use, and what those hold that are not.
//!
//! A block holds keys and values of [`BLOCK`] tokens. Those of a token depend on all tokens before it, so a full block
//! is known by the hash of its tokens and of the block before it: whoever begins with the same tokens can use it too. A
//! block that nobody uses keeps what it holds until its room is needed; the one unused for longest goes first.

use std::collections::{BTreeSet, HashMap};

use blake2::digest::consts::U32;
use blake2::{Blake2b, Digest};

/// Tokens in a block.
pub(crate) const BLOCK: usize = 32;

/// Number of a block, from 0.
pub(crate) type Block = usize;

/// What a full block holds: its tokens, after all those before them. The default stands before the first block.
///
/// The hash is a cryptographic one, because prompts come from strangers: who found two prompts with the same hash would
/// read another's answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Content([u8; 32]);

impl Content {
    pub(crate) fn followed_by(self, tokens: &[u32]) -> Self {
        let mut hasher = Blake2b::<U32>::new_with_prefix(self.0);
        tokens.iter().for_each(|token| hasher.update(token.to_le_bytes()));
        Self(hasher.finalize().into())
    }

    /// Adds to `contents`, which are those of the first full blocks of `tokens`, those of the other full ones.
    pub(crate) fn extend(contents: &mut Vec<Self>, tokens: &[u32]) {
        for full in tokens.chunks_exact(BLOCK).skip(contents.len()) {
            let last = contents.last().copied().unwrap_or_default();
            contents.push(last.followed_by(full));
        }
    }
}

/// Counts the users of each block.
pub(crate) struct BlockPool {
    blocks: Vec<State>,
    /// Blocks without users, the next to be taken first: those that hold nothing of use, then by age.
    idle: BTreeSet<Idle>,
    known: HashMap<Content, Block>,
    releases: u64,
}

type Idle = (bool, u64, Block);

#[derive(Clone, Default)]
struct State {
    users: usize,
    /// Present once the block is full and computed.
    content: Option<Content>,
    /// Number of the release after which it had no users.
    released: u64,
}

impl State {
    fn idle(&self, block: Block) -> Idle {
        (self.content.is_some(), self.released, block)
    }
}

impl BlockPool {
    pub(crate) fn new(blocks: usize) -> Self {
        let idle = (0..blocks).map(|block| (false, 0, block)).collect();
        Self { blocks: vec![State::default(); blocks], idle, known: HashMap::new(), releases: 0 }
    }

    /// Blocks that nobody uses.
    pub(crate) fn free(&self) -> usize {
        self.idle.len()
    }

    /// A block for one user, whatever it held.
    pub(crate) fn take(&mut self) -> Option<Block> {
        let (.., block) = self.idle.pop_first()?;
        let state = &mut self.blocks[block];
        state.users = 1;
        if let Some(content) = state.content.take() {
            self.known.remove(&content);
        }
        Some(block)
    }

    /// The block that holds this, with one more user.
    pub(crate) fn share(&mut self, content: &Content) -> Option<Block> {
        let block = *self.known.get(content)?;
        let state = &mut self.blocks[block];
        if state.users == 0 {
            self.idle.remove(&state.idle(block));
        }
        state.users += 1;
        Some(block)
    }

    /// Says what a block in use holds, now that it is full and never written again. Where another block holds the same,
    /// that one stays the known one.
    pub(crate) fn publish(&mut self, block: Block, content: Content) {
        if let std::collections::hash_map::Entry::Vacant(vacant) = self.known.entry(content) {
            vacant.insert(block);
            self.blocks[block].content = Some(content);
        }
    }

    /// One user less.
    pub(crate) fn release(&mut self, block: Block) {
        let state = &mut self.blocks[block];
        state.users -= 1;
        if state.users == 0 {
            self.releases += 1;
            state.released = self.releases;
            self.idle.insert(state.idle(block));
        }
    }
}

/// The blocks of one sequence, in order, and how far they are filled.
#[derive(Default)]
pub(crate) struct Table {
    blocks: Vec<Block>,
    length: usize,
    /// How many of the blocks are published, and what the last of them holds.
    published: usize,
    last: Content,
}

impl Table {
    /// Tokens of which all layers have keys and values.
    pub(crate) fn length(&self) -> usize {
        self.length
    }

    pub(crate) fn room(&self) -> usize {
        self.blocks.len() * BLOCK - self.length
    }

    pub(crate) fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// Begins with the blocks of these contents that are known, up to the first that is not.
    pub(crate) fn reuse(&mut self, contents: &[Content], pool: &mut BlockPool) {
        debug_assert!(self.blocks.is_empty());
        for content in contents {
            let Some(block) = pool.share(content) else { break };
            self.blocks.push(block);
            self.last = *content;
        }
        self.published = self.blocks.len();
        self.length = self.published * BLOCK;
    }

    /// Blocks that it lacks for `tokens` in all.
    pub(crate) fn missing(&self, tokens: usize) -> usize {
        tokens.div_ceil(BLOCK).saturating_sub(self.blocks.len())
    }

    /// Takes blocks until there is room for `tokens` in all. False if the pool has none left; those it had are kept.
    pub(crate) fn grow(&mut self, tokens: usize, pool: &mut BlockPool) -> bool {
        for _ in 0..self.missing(tokens) {
            let Some(block) = pool.take() else { return false };
            self.blocks.push(block);
        }
        true
    }

    /// Counts `new` tokens as known, after every layer has stored them.
    pub(crate) fn advance(&mut self, new: usize) {
        self.length += new;
    }

    /// Forgets all but the first tokens; their places are written again. Only for blocks that were never published.
    pub(crate) fn return_to(&mut self, length: usize) {
        debug_assert!(self.published == 0 && length <= self.length);
        self.length = length;
    }

    /// Lets others use the blocks that have become full. `tokens` are those of the sequence, from the first.
    pub(crate) fn publish(&mut self, tokens: &[u32], pool: &mut BlockPool) {
        for full in tokens[..self.length].chunks_exact(BLOCK).skip(self.published) {
            self.last = self.last.followed_by(full);
            pool.publish(self.blocks[self.published], self.last);
            self.published += 1;
        }
    }

    /// Gives all blocks back, the last one first: a beginning is of use to more than what follows it.
    pub(crate) fn release(&mut self, pool: &mut BlockPool) {
        std::mem::take(self).blocks.into_iter().rev().for_each(|block| pool.release(block));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BLOCKS: usize = 12;

    /// One thing that an engine does to its sequences.
    #[derive(Clone, Debug)]
    enum Deed {
        /// Begins a sequence: this many tokens of one of few texts, so that beginnings are often the same.
        Start {
            text: u32,
            tokens: usize,
        },
        /// Adds a token to one of the sequences.
        Step(prop::sample::Index),
        End(prop::sample::Index),
    }

    fn deeds() -> impl Strategy<Value = Vec<Deed>> {
        let deed = prop_oneof![
            (0..3u32, 1..200usize).prop_map(|(text, tokens)| Deed::Start { text, tokens }),
            any::<prop::sample::Index>().prop_map(Deed::Step),
            any::<prop::sample::Index>().prop_map(Deed::End),
        ];
        prop::collection::vec(deed, 1..80)
    }

    /// Texts that are the same up to a place that depends on the text.
    fn text(number: u32, tokens: usize) -> Vec<u32> {
        (0..tokens as u32).map(|at| if at < 50 + number * 20 { at } else { at + 1_000 * number }).collect()
    }

    /// What the blocks hold, as a device would: one number for each token, which stands for all before it.
    struct Memory(Vec<[u64; BLOCK]>);

    fn trace(tokens: &[u32]) -> u64 {
        tokens.iter().fold(7, |sum, token| (sum ^ u64::from(*token)).wrapping_mul(0x100_0000_01b3))
    }

    struct Sequence {
        tokens: Vec<u32>,
        table: Table,
    }

    impl Sequence {
        fn compute(&mut self, memory: &mut Memory, pool: &mut BlockPool) {
            for at in self.table.length()..self.tokens.len() {
                memory.0[self.table.blocks()[at / BLOCK]][at % BLOCK] = trace(&self.tokens[..=at]);
            }
            self.table.advance(self.tokens.len() - self.table.length());
            self.table.publish(&self.tokens, pool);
        }

        fn holds(&self, memory: &Memory) -> bool {
            let held = |at: usize| memory.0[self.table.blocks()[at / BLOCK]][at % BLOCK];
            (0..self.table.length()).all(|at| held(at) == trace(&self.tokens[..=at]))
        }
    }

    fn act(deed: Deed, sequences: &mut Vec<Sequence>, memory: &mut Memory, pool: &mut BlockPool) {
        match deed {
            Deed::Start { text: number, tokens } => {
                let mut sequence = Sequence { tokens: text(number, tokens), table: Table::default() };
                sequence.table.reuse(&contents(&sequence.tokens), pool);
                match sequence.table.grow(tokens, pool) {
                    true => {
                        sequence.compute(memory, pool);
                        sequences.push(sequence);
                    }
                    false => sequence.table.release(pool),
                }
            }
            Deed::Step(index) if !sequences.is_empty() => {
                let chosen = index.index(sequences.len());
                let sequence = &mut sequences[chosen];
                sequence.tokens.push(sequence.tokens.len() as u32);
                match sequence.table.grow(sequence.tokens.len(), pool) {
                    true => sequence.compute(memory, pool),
                    // What an engine does to make room.
                    false => sequences.swap_remove(chosen).table.release(pool),
                }
            }
            Deed::End(index) if !sequences.is_empty() => {
                let chosen = index.index(sequences.len());
                sequences.swap_remove(chosen).table.release(pool);
            }
            _ => {}
        }
    }

    fn counts(pool: &BlockPool, sequences: &[Sequence]) -> bool {
        let uses = |block: Block| sequences.iter().filter(|one| one.table.blocks().contains(&block)).count();
        let counted = (0..BLOCKS).all(|block| pool.blocks[block].users == uses(block));
        let idle = (0..BLOCKS).filter(|block| uses(*block) == 0).count();
        let known = pool.known.iter().all(|(content, block)| pool.blocks[*block].content == Some(*content));
        counted && known && pool.free() == idle
    }

    proptest! {
        #[test]
        fn no_block_leaks_and_what_a_sequence_sees_is_its_own(deeds in deeds()) {
            let (mut pool, mut memory) = (BlockPool::new(BLOCKS), Memory(vec![[0; BLOCK]; BLOCKS]));
            let mut sequences = Vec::new();
            for deed in deeds {
                act(deed, &mut sequences, &mut memory, &mut pool);
                prop_assert!(counts(&pool, &sequences));
                prop_assert!(sequences.iter().all(|sequence| sequence.holds(&memory)));
            }
            sequences.iter_mut().for_each(|sequence| sequence.table.release(&mut pool));
            prop_assert_eq!(pool.free(), BLOCKS);
        }
    }

    fn contents(tokens: &[u32]) -> Vec<Content> {
        let mut contents = Vec::new();
        Content::extend(&mut contents, tokens);
        contents
    }

    fn known(tokens: &[u32], pool: &mut BlockPool) -> usize {
        let mut table = Table::default();
        table.reuse(&contents(tokens), pool);
        let length = table.length();
        table.release(pool);
        length
    }

    fn computed(tokens: &[u32], pool: &mut BlockPool) -> Table {
        let mut table = Table::default();
        table.reuse(&contents(tokens), pool);
        assert!(table.grow(tokens.len(), pool));
        table.advance(tokens.len() - table.length());
        table.publish(tokens, pool);
        table
    }

    #[test]
    fn the_longest_known_beginning_is_reused() {
        let mut pool = BlockPool::new(BLOCKS);
        let tokens = text(0, 3 * BLOCK);
        let table = computed(&tokens, &mut pool);
        assert_eq!(known(&tokens, &mut pool), 3 * BLOCK);
        assert_eq!(known(&[tokens.clone(), vec![1; BLOCK]].concat(), &mut pool), 3 * BLOCK);
        assert_eq!(known(&tokens[..BLOCK + 1], &mut pool), BLOCK);
        assert_eq!(known(&tokens[1..], &mut pool), 0);
        let mut other = tokens.clone();
        other[BLOCK + 1] += 1;
        assert_eq!(known(&other, &mut pool), BLOCK);
        assert_eq!(pool.free(), BLOCKS - table.blocks().len());
    }

    #[test]
    fn contents_that_grow_with_their_tokens_are_those_of_all_of_them() {
        let tokens = text(1, 5 * BLOCK);
        let mut grown = Vec::new();
        for end in [1, BLOCK, 2 * BLOCK + 1, 2 * BLOCK + 1, 5 * BLOCK] {
            Content::extend(&mut grown, &tokens[..end]);
            assert_eq!(grown, contents(&tokens[..end]));
        }
    }

    #[test]
    fn what_was_not_used_for_longest_goes_first_and_ends_go_before_beginnings() {
        let mut pool = BlockPool::new(4);
        let (old, new) = (vec![1; 2 * BLOCK + 1], vec![2; BLOCK + 1]);
        computed(&old[..2 * BLOCK], &mut pool).release(&mut pool);
        computed(&new[..BLOCK], &mut pool).release(&mut pool);
        assert_eq!((known(&old, &mut pool), known(&new, &mut pool)), (2 * BLOCK, BLOCK));
        // The one that holds nothing, then the end of what was used least lately.
        assert!(Table::default().grow(2 * BLOCK, &mut pool));
        assert_eq!((known(&old, &mut pool), known(&new, &mut pool)), (BLOCK, BLOCK));
    }
}
