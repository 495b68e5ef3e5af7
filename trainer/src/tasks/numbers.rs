//! Tasks with whole numbers up to 99.

use super::{ask, World};
use crate::draw::Draw;
use crate::exchange::Exchange;

/// Small numbers are as frequent as large ones.
fn number(draw: &mut Draw) -> usize {
    let bound = *draw.one(&[13, 100]);
    draw.below(bound)
}

fn two(draw: &mut Draw) -> (usize, usize) {
    (number(draw), number(draw))
}

pub fn add(_: &World, draw: &mut Draw) -> Exchange {
    let (a, b) = two(draw);
    let frames =
        ["What is {} + {}?", "{} + {}", "{} plus {}", "Add {} and {}.", "How much is {} + {}?", "What is {} plus {}?"];
    Exchange::new(ask(draw, &frames, &[&a.to_string(), &b.to_string()]), format!("{a} + {b} = {}.", a + b))
}

pub fn subtract(_: &World, draw: &mut Draw) -> Exchange {
    let (a, b) = two(draw);
    let (a, b) = (a.max(b), a.min(b));
    let frames = ["What is {} - {}?", "{} - {}", "{} minus {}", "How much is {} - {}?", "What is {} minus {}?"];
    Exchange::new(ask(draw, &frames, &[&a.to_string(), &b.to_string()]), format!("{a} - {b} = {}.", a - b))
}

pub fn compare(_: &World, draw: &mut Draw) -> Exchange {
    let (a, b) = (draw.below(100), draw.below(100));
    let (larger, smaller) = (a.max(b), a.min(b));
    let frames = ["Which is larger, {} or {}?", "What is more, {} or {}?", "Which number is bigger: {} or {}?"];
    let answer = if a == b { format!("{a} and {b} are equal.") } else { format!("{larger} is larger than {smaller}.") };
    Exchange::new(ask(draw, &frames, &[&a.to_string(), &b.to_string()]), answer)
}

pub fn sort(_: &World, draw: &mut Draw) -> Exchange {
    let given = [(); 3].map(|()| draw.below(100));
    let mut sorted = given;
    sorted.sort_unstable();
    let [a, b, c] = given.map(|number| number.to_string());
    let frames = ["Sort {}, {}, {}.", "Sort these numbers: {}, {}, {}.", "Put {}, {}, {} in order."];
    Exchange::new(ask(draw, &frames, &[&a, &b, &c]), sorted.map(|number| number.to_string()).join(", ") + ".")
}

pub fn parity(_: &World, draw: &mut Draw) -> Exchange {
    let number = draw.below(100);
    let (name, other) = if number.is_multiple_of(2) { ("even", "odd") } else { ("odd", "even") };
    let (frame, asked) = *draw.one(&[("Is {} even?", "even"), ("Is {} odd?", "odd"), ("Is {} even or odd?", "")]);
    let text = frame.replace("{}", &number.to_string());
    Exchange::new(
        text,
        match asked {
            "" => format!("{number} is {name}."),
            _ if asked == name => format!("Yes, {number} is {name}."),
            _ => format!("No, {number} is {name}, not {other}."),
        },
    )
}

pub fn neighbour(_: &World, draw: &mut Draw) -> Exchange {
    let number = 1 + draw.below(98);
    let after = draw.chance(0.5);
    let frames = match after {
        true => ["What comes after {}?", "Which number follows {}?", "What is one more than {}?", "Count on from {}."],
        false => {
            ["What comes before {}?", "Which number precedes {}?", "What is one less than {}?", "Count back from {}."]
        }
    };
    let answer = if after { number + 1 } else { number - 1 };
    Exchange::new(ask(draw, &frames, &[&number.to_string()]), format!("{answer}."))
}

#[cfg(test)]
mod tests {
    use crate::draw::Draw;
    use crate::tasks::{Kind, Tasks, KINDS};

    fn each(name: &str, check: impl Fn(&str, Vec<usize>)) {
        let (tasks, mut draw) = (Tasks::new().unwrap(), Draw::new(1, 3));
        let kind: &Kind = KINDS.iter().find(|kind| kind.name == name).unwrap();
        for task in tasks.held_out(kind, 50, &mut draw) {
            let all = format!("{} {}", task.question, task.answer);
            let digits = all.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok());
            check(&task.answer, digits.collect());
        }
    }

    #[test]
    fn sums_and_differences_are_right() {
        each("add", |_, n| assert!(n[0] == n[2] && n[1] == n[3] && n[0] + n[1] == n[4], "{n:?}"));
        each("subtract", |_, n| assert!(n[0] == n[2] && n[1] == n[3] && n[0] == n[1] + n[4], "{n:?}"));
    }

    #[test]
    fn orders_are_right() {
        each("compare two numbers", |answer, n| assert!(n[2] > n[3] || answer.ends_with("equal."), "{n:?}"));
        each("sort three numbers", |_, n| assert!(n[3] <= n[4] && n[4] <= n[5], "{n:?}"));
        each("even or odd", |answer, n| assert_eq!(answer.contains(&format!("{} is even", n[1])), n[0] % 2 == 0));
    }
}
