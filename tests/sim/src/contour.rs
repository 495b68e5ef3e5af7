//! Lines of equal height over a grid: marching squares.

/// A point in the units of the axes.
pub type Point = (f64, f64);

/// Heights over a grid: `heights[row][column]` stands at `(x[column], y[row])`.
pub struct Surface {
    pub x: Vec<f64>,
    pub y: Vec<f64>,
    pub heights: Vec<Vec<f64>>,
}

impl Surface {
    /// `height(x, y)` at every point of the grid.
    ///
    /// # Errors
    /// The first error of `height`.
    pub fn sample<E>(x: Vec<f64>, y: Vec<f64>, height: impl Fn(f64, f64) -> Result<f64, E>) -> Result<Self, E> {
        let row = |y: &f64| x.iter().map(|x| height(*x, *y)).collect();
        let heights = y.iter().map(row).collect::<Result<_, E>>()?;
        Ok(Self { x, y, heights })
    }

    /// The surface's difference from `f(x, y)`, whose zero contour is where both are equal.
    pub fn minus(&self, f: impl Fn(f64, f64) -> f64) -> Self {
        let row = |(y, heights): (&f64, &Vec<f64>)| {
            self.x.iter().zip(heights).map(|(x, height)| height - f(*x, *y)).collect()
        };
        Self { x: self.x.clone(), y: self.y.clone(), heights: self.y.iter().zip(&self.heights).map(row).collect() }
    }

    /// The lines along which the surface has this height.
    pub fn contour(&self, level: f64) -> Vec<Vec<Point>> {
        let mut segments = vec![];
        for row in 1..self.y.len() {
            for column in 1..self.x.len() {
                segments.extend(self.cell(row, column, level));
            }
        }
        join(segments)
    }

    /// What the contour cuts from one cell: none, one or two segments.
    fn cell(&self, row: usize, column: usize, level: f64) -> Vec<(Point, Point)> {
        let corner = |row: usize, column: usize| (self.x[column], self.y[row], self.heights[row][column]);
        let corners =
            [corner(row - 1, column - 1), corner(row - 1, column), corner(row, column), corner(row, column - 1)];
        let edges = (0..4).map(|edge| (corners[edge], corners[(edge + 1) % 4]));
        let cuts: Vec<Point> = edges.filter_map(|(from, to)| crossing(from, to, level)).collect();
        cuts.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()
    }
}

/// The place from which on `values`, given at `places`, stay at or above zero; `None` if the last one is below.
pub fn stays_positive_from(places: &[f64], values: &[f64]) -> Option<f64> {
    let Some(last_negative) = values.iter().rposition(|value| *value < 0.0) else { return places.first().copied() };
    let next = last_negative + 1;
    let way = -values[last_negative] / (values.get(next)? - values[last_negative]);
    Some(places[last_negative] + way * (places[next] - places[last_negative]))
}

/// Where the level is crossed between two corners `(x, y, height)`. The direction does not change the result's bits, so
/// that neighbouring cells meet in the same point.
fn crossing(a: (f64, f64, f64), b: (f64, f64, f64), level: f64) -> Option<Point> {
    let (low, high) = if a.2 < b.2 { (a, b) } else { (b, a) };
    if low.2 >= level || high.2 < level {
        return None;
    }
    let way = (level - low.2) / (high.2 - low.2);
    Some((low.0 + way * (high.0 - low.0), low.1 + way * (high.1 - low.1)))
}

/// Chains segments that share an end into lines.
fn join(mut segments: Vec<(Point, Point)>) -> Vec<Vec<Point>> {
    let mut lines = vec![];
    while let Some((start, end)) = segments.pop() {
        let mut line = vec![start, end];
        grow(&mut line, &mut segments);
        line.reverse();
        grow(&mut line, &mut segments);
        lines.push(line);
    }
    lines
}

fn grow(line: &mut Vec<Point>, segments: &mut Vec<(Point, Point)>) {
    while let Some(&tip) = line.last() {
        let Some(next) = segments.iter().position(|(from, to)| *from == tip || *to == tip) else { break };
        let (from, to) = segments.swap_remove(next);
        line.push(if from == tip { to } else { from });
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    fn surface(height: impl Fn(f64, f64) -> f64) -> Surface {
        let axis: Vec<f64> = (-10..=10).map(f64::from).collect();
        let Ok(surface) = Surface::sample(axis.clone(), axis, |x, y| Ok::<_, Infallible>(height(x, y)));
        surface
    }

    #[test]
    fn a_slope_is_cut_along_one_straight_line_from_side_to_side() {
        let lines = surface(|x, y| x + 2.0 * y).contour(1.5);
        assert_eq!(lines.len(), 1);
        assert!(lines[0].iter().all(|(x, y)| (x + 2.0 * y - 1.5).abs() < 1e-12));
        assert!(lines[0].iter().any(|(x, _)| *x == -10.0) && lines[0].iter().any(|(x, _)| *x == 10.0));
    }

    #[test]
    fn each_hill_has_a_closed_line_of_its_own() {
        let lines = surface(|x, y| (x.abs() - 5.0) * (x.abs() - 5.0) + y * y).contour(7.3);
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| line.first() == line.last()));
    }

    #[test]
    fn no_line_runs_where_the_height_is_never_reached() {
        assert!(surface(|x, y| x + y).contour(100.0).is_empty());
    }

    #[test]
    fn values_stay_positive_from_their_last_crossing_on() {
        assert_eq!(stays_positive_from(&[0.0, 1.0, 2.0, 3.0], &[1.0, -1.0, -1.0, 1.0]), Some(2.5));
        assert_eq!(stays_positive_from(&[4.0, 5.0], &[0.0, 1.0]), Some(4.0));
        assert_eq!(stays_positive_from(&[4.0, 5.0], &[1.0, -1.0]), None);
    }
}
