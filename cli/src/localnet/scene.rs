//! All that a run knows at one block.

use super::cast::{self, Role};
use super::ledger::Ledger;
use super::progress::Progress;
use super::pulse::Pulse;
use super::report::{Evidence, Report};
use super::services::{self, Service};
use super::standing::{Reply, Supply};
use crate::app::Answer;
use crate::neurons::{self, Label};
use primitives::{Amount, BlockNumber, Metagraph, NeuronInfo};
use ratatui::style::Color;

pub struct Scene<'a> {
    pub metagraph: Metagraph,
    pub ledger: Ledger,
    pub services: &'a [Service],
    /// Whether a prompt is sent.
    pub chats: bool,
    /// The prompt, its answer and how many seconds that took.
    pub answered: Option<(String, Answer, f64)>,
    /// Why the last prompt got no answer.
    pub unanswered: Option<String>,
    pulse: Pulse,
    progress: &'a Progress,
    /// Block and supply when everything was up.
    start: (BlockNumber, Amount),
}

impl<'a> Scene<'a> {
    pub fn new(metagraph: Metagraph, services: &'a [Service], chats: bool, progress: &'a Progress) -> Self {
        Self {
            start: (metagraph.block, metagraph.total_issuance),
            metagraph,
            ledger: Ledger::default(),
            services,
            chats,
            answered: None,
            unanswered: None,
            pulse: Pulse::start(services),
            progress,
        }
    }

    /// Takes the next snapshot; returns whether an epoch has passed.
    pub fn advance(&mut self, metagraph: Metagraph) -> bool {
        self.metagraph = metagraph;
        self.ledger.observe(&self.metagraph, self.progress.elapsed())
    }

    /// Whether the last epoch paid every honest miner, so that a prompt will find one.
    pub fn honest_miners_are_paid(&self) -> bool {
        let mut honest = cast::CAST.iter().filter(|actor| actor.role == Role::Honest);
        honest.all(|actor| {
            let account = actor.account().ok();
            let neuron = account.and_then(|account| self.metagraph.by_hotkey(&account));
            neuron.is_some_and(|neuron| neuron.incentive > 0 && neuron.emission > 0)
        })
    }

    /// The first validator's app API.
    pub fn app(&self) -> Option<String> {
        services::apps(self.services).into_iter().next()
    }

    /// The answer, with what the last epoch paid for it.
    pub fn reply(&self) -> Option<Reply> {
        let (prompt, answer, seconds) = self.answered.as_ref()?;
        Some(Reply::new(prompt, answer.clone(), *seconds, &self.metagraph))
    }

    pub fn report(&self) -> Report {
        let supply = Supply {
            from_block: self.start.0,
            from_issued: self.start.1,
            to_block: self.metagraph.block,
            to_issued: self.metagraph.total_issuance,
        };
        Report::new(&Evidence {
            chats: self.chats,
            metagraph: &self.metagraph,
            ledger: &self.ledger,
            reply: self.reply().as_ref(),
            supply: &supply,
            steps: &self.progress.steps(),
        })
    }

    /// The table's rows with their colours.
    pub fn rows(&self) -> Vec<(Color, Vec<String>)> {
        let row = |neuron: &NeuronInfo| {
            let Some(actor) = cast::find(&neuron.hotkey) else {
                return (Color::Reset, neurons::row(neuron, neurons::label(neuron, self.metagraph.block)));
            };
            let label = Label { role: actor.title(), last_seen: self.pulse.last_seen(actor.name) };
            (actor.role.colour(), neurons::row(neuron, label))
        };
        self.metagraph.neurons.iter().map(row).collect()
    }
}
