use super::Miner;
use crate::random::Random;

/// Always of the same quality.
pub struct Steady(pub f64);

impl Miner for Steady {
    fn quality(&mut self, _: usize) -> f64 {
        self.0
    }
}

/// Worth nothing before an epoch, of steady quality from then on.
pub struct Newcomer {
    pub from: usize,
    pub quality: f64,
}

impl Miner for Newcomer {
    fn quality(&mut self, epoch: usize) -> f64 {
        if epoch < self.from {
            0.0
        } else {
            self.quality
        }
    }
}

/// Draws a new quality, uniform in [0, 1), with the same chance in each epoch.
pub struct Redrawn {
    chance: f64,
    quality: f64,
    random: Random,
}

impl Redrawn {
    pub fn new(chance: f64, mut random: Random) -> Self {
        Self { chance, quality: random.uniform(), random }
    }
}

impl Miner for Redrawn {
    fn quality(&mut self, _: usize) -> f64 {
        if self.random.uniform() < self.chance {
            self.quality = self.random.uniform();
        }
        self.quality
    }
}

/// One operator's work split over many seats, equally.
pub fn sybil(quality: f64, seats: usize) -> impl Iterator<Item = Box<dyn Miner>> {
    (0..seats).map(move |_| Box::new(Steady(quality / seats as f64)) as Box<dyn Miner>)
}
