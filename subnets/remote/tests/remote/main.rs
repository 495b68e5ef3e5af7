mod example;
mod failures;
