use std::io::{self, Read};

const ROUNDS: usize = 90;

struct Point {
    x: f64,
    y: f64,
}

impl Point {
    fn distance(&self, other: &Point) -> f64 {
        let (dx, dy) = (self.x - other.x, self.y - other.y);
        (dx * dx + dy * dy).sqrt()
    }
}

fn length(route: &[usize], points: &[Point]) -> f64 {
    let mut total = 0.0;
    for k in 0..route.len() {
        let next = route[(k + 1) % route.len()];
        total += points[route[k]].distance(&points[next]);
    }
    total
}

fn improve(route: &mut Vec<usize>, points: &[Point]) -> bool {
    let before = length(route, points);
    for i in 1..route.len() - 1 {
        for j in i + 1..route.len() {
            route[i..=j].reverse();
            if length(route, points) < before {
                return true;
            }
            route[i..=j].reverse();
        }
    }
    false
}

fn main() {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).unwrap();
    let points: Vec<Point> = text
        .lines()
        .map(|line| {
            let mut parts = line.split_whitespace().map(|part| part.parse().unwrap());
            Point { x: parts.next().unwrap(), y: parts.next().unwrap() }
        })
        .collect();
    let mut route: Vec<usize> = (0..points.len()).collect();
    for _ in 0..ROUNDS {
        if !improve(&mut route, &points) {
            break;
        }
    }
    println!("{:?}", route);
}
