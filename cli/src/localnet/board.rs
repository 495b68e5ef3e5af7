//! The run as it goes on: a live table in a terminal, plain text elsewhere.

use super::checks::Check;
use super::progress::Progress;
use super::scene::Scene;
use super::standing::Reply;
use super::Audience;
use crate::amount::Tokens;
use crate::chat::DEFAULT_APP;
use crate::format::{self, printable};
use crate::metagraph::{epoch_progress, status};
use crate::neurons::{FIRST_NUMBER, HEADER};
use crate::screen::{Screen, View};
use anyhow::Result;
use ratatui::style::Stylize;
use ratatui::text::Line;
use std::path::Path;

/// Characters of an answer that the live table shows.
const EXCERPT: usize = 400;

pub struct Board<'a> {
    audience: Audience,
    progress: &'a Progress,
    logs: &'a Path,
    screen: Option<Screen>,
}

impl<'a> Board<'a> {
    pub fn open(audience: Audience, progress: &'a Progress, logs: &'a Path) -> Result<Self> {
        let screen = (audience == Audience::Terminal).then(Screen::open).transpose()?;
        Ok(Self { audience, progress, logs, screen })
    }

    pub fn quit_asked(&self) -> Result<bool> {
        self.screen.as_ref().map_or(Ok(false), Screen::quit_asked)
    }

    /// Redraws the live table.
    pub fn draw(&mut self, scene: &Scene) -> Result<()> {
        match &mut self.screen {
            Some(screen) => screen.draw(&view(scene, self.logs)),
            None => Ok(()),
        }
    }

    /// Tells of an epoch where there is no live table.
    pub fn tell_epoch(&self, scene: &Scene) {
        let (epoch, status) = (scene.ledger.epochs, status(&scene.metagraph));
        match self.audience {
            Audience::Terminal => {}
            Audience::Text => {
                let rows = scene.rows().into_iter().map(|(_, row)| row);
                self.progress.say(&format!("epoch {epoch}: {status}\n{}", format::table(&HEADER, FIRST_NUMBER, rows)));
            }
            Audience::Machine => self.progress.say(&format!("epoch {epoch}: {status}")),
        }
    }

    /// Tells what became of the prompt where there is no live table.
    pub fn tell_answer(&self, scene: &Scene) {
        let said = match (scene.reply(), &scene.unanswered) {
            _ if self.audience == Audience::Terminal => return,
            (Some(reply), _) => answer(&reply),
            (None, Some(reason)) => format!("the prompt got no answer yet: {reason}"),
            (None, None) => return,
        };
        self.progress.say(&said);
    }
}

/// The prompt, the answer, who gave it and what that paid.
pub fn answer(reply: &Reply) -> String {
    let text = printable(reply.answer.text.trim());
    format!("asked: {}\n\n{text}\n\n{}", reply.prompt, payment(reply))
}

fn payment(reply: &Reply) -> String {
    let proof = if reply.proven { "signature verifies" } else { "signature does NOT verify" };
    let (name, uid, miner) = (&reply.name, reply.answer.origin.uid, &reply.answer.origin.miner);
    let paid = Tokens(reply.paid);
    format!(
        "answered by {name} (uid {uid}, {miner}; {proof}) in {:.1} s, paid {paid} tokens by the last epoch",
        reply.seconds
    )
}

fn view(scene: &Scene, logs: &Path) -> View {
    let metagraph = &scene.metagraph;
    View {
        title: format!("Plexus, subnet {}, epoch {}", metagraph.subnet.netuid, scene.ledger.epochs),
        progress: epoch_progress(metagraph),
        status: status(metagraph),
        rows: scene.rows(),
        notes: notes(scene),
        footer: format!("q quits; in another terminal: {}; logs: {}", next_command(scene), logs.display()),
    }
}

/// The command that asks this network, as short as it can be.
fn next_command(scene: &Scene) -> String {
    if !scene.chats {
        return format!("plexus metagraph {}", scene.metagraph.subnet.netuid);
    }
    let elsewhere = scene.app().filter(|url| url != DEFAULT_APP);
    let app = elsewhere.map(|url| format!(" --app {url}")).unwrap_or_default();
    format!("plexus chat \"What is vtrust?\"{app}")
}

/// The answer first: a low terminal cuts the end.
fn notes(scene: &Scene) -> Vec<Line<'static>> {
    let mut notes = match (scene.reply(), &scene.unanswered) {
        (Some(reply), _) => answer_lines(&reply),
        (None, Some(reason)) => vec![Line::from(format!("the prompt got no answer yet: {reason}")).yellow()],
        (None, None) if !scene.chats => Vec::new(),
        (None, None) => vec![Line::from("the prompt is sent once both honest miners have been paid").dim()],
    };
    notes.push(Line::default());
    notes.extend(scene.report().checks.iter().map(note));
    if let Some(at) = scene.ledger.first_emission {
        notes.push(Line::from(format!("first emission {:.1} s after the command", at.as_secs_f64())).dim());
    }
    notes
}

/// A claim that does not hold yet may come true: it is not marked as broken.
fn note(check: &Check) -> Line<'static> {
    let (name, detail) = (check.name.replace('_', " "), check.detail.clone());
    if check.passed {
        Line::from(vec!["✔ ".green(), name.into(), "  ".into(), detail.dim()])
    } else {
        Line::from(vec!["… ".yellow(), name.yellow(), "  ".into(), detail.dim()])
    }
}

fn answer_lines(reply: &Reply) -> Vec<Line<'static>> {
    let excerpt: String = printable(reply.answer.text.trim()).chars().take(EXCERPT).collect();
    let mut lines = vec![Line::from(format!("asked: {}", reply.prompt)).bold()];
    lines.extend(excerpt.lines().map(|line| Line::from(line.to_owned())));
    lines.push(Line::from(payment(reply)).green());
    lines
}
