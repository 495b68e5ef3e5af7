//! What is going on until the table can be shown.

use super::report::{seconds, Step};
use super::Audience;
use anyhow::Result;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::cell::RefCell;
use std::future::Future;
use std::io::Write;
use std::time::{Duration, Instant};

pub struct Progress {
    audience: Audience,
    started: Instant,
    steps: RefCell<Vec<Step>>,
}

impl Progress {
    /// `started` is the moment of the command.
    pub fn new(audience: Audience, started: Instant) -> Self {
        Self { audience, started, steps: RefCell::default() }
    }

    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Does `work`, says so meanwhile, and then what came of it.
    pub async fn step<T>(
        &self,
        name: &'static str,
        doing: &str,
        work: impl Future<Output = Result<T>>,
        done: impl FnOnce(&T) -> String,
    ) -> Result<T> {
        let spinner = self.spinner(doing);
        let outcome = work.await;
        spinner.finish_and_clear();
        let value = outcome?;
        self.steps.borrow_mut().push(Step { name, at_s: seconds(self.elapsed()) });
        self.say(&done(&value));
        Ok(value)
    }

    /// One line, with the time since the command.
    pub fn say(&self, text: &str) {
        let line = format!("{:>6.1} s  {text}", self.elapsed().as_secs_f64());
        // The run goes on where nobody reads about it.
        let _ = match self.audience {
            Audience::Terminal | Audience::Text => writeln!(std::io::stdout(), "{line}"),
            Audience::Machine => writeln!(std::io::stderr(), "{line}"),
        };
    }

    pub fn steps(&self) -> Vec<Step> {
        self.steps.borrow().clone()
    }

    fn spinner(&self, doing: &str) -> ProgressBar {
        if self.audience != Audience::Terminal {
            return ProgressBar::hidden();
        }
        let spinner = ProgressBar::new_spinner().with_message(doing.to_owned());
        spinner.set_draw_target(ProgressDrawTarget::stdout());
        if let Ok(style) = ProgressStyle::with_template("{elapsed:>8}  {spinner:.cyan} {msg}") {
            spinner.set_style(style);
        }
        spinner.enable_steady_tick(Duration::from_millis(100));
        spinner
    }
}
