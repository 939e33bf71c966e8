"""The programs of the tours, one for each language."""

from __future__ import annotations

TOUR = '''\
"""Short tours through points in the unit square."""

import numpy as np


def run(case):
    """Return the order in which to visit the points: always on to the most attractive one that
    is left.
    """
    points = np.array(case["points"])
    order = [0]
    left = list(range(1, len(points)))
    while left:
        distance = np.sqrt(((points[left] - points[order[-1]]) ** 2).sum(axis=1))
        centre = np.sqrt(((points[left] - 0.5) ** 2).sum(axis=1))
        drawn = attraction(distance, centre, len(left) / len(points))
        order.append(left.pop(int(np.argmax(drawn))))
    return order


def attraction(distance, centre, share):
    """Return how attractive each point left is, by its distance from here and from the middle,
    and the share left.
    """
    return -distance + 0.0 * centre * share
'''

SOLVE = '''\
"""Reads the case as JSON on standard input, writes the tour as JSON on standard output. Any
language will do.
"""

import json
import math
import sys


def attraction(distance, centre, share):
    """Return how attractive a point is, by its distance from here and from the middle, and the
    share of points left.
    """
    return -distance + 0.0 * centre * share


points = json.load(sys.stdin)["points"]
centres = [math.dist(point, (0.5, 0.5)) for point in points]
order = [0]
left = list(range(1, len(points)))
while left:
    distances = {k: math.dist(points[k], points[order[-1]]) for k in left}
    share = len(left) / len(points)
    best = max(left, key=lambda k: attraction(distances[k], centres[k], share))
    left.remove(best)
    order.append(best)
json.dump(order, sys.stdout)
'''

CPP = """\
// Reads the case as JSON on standard input, writes the tour as JSON on standard output.
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

struct Point {
    double x, y;
};

// How attractive a point is, by its distance from here and from the middle, and the share of
// points left.
double attraction(double distance, double centre, double share) {
    return -distance + 0.0 * centre * share;
}

// The input holds no numbers but the coordinates, in order.
std::vector<Point> read_points() {
    std::string text((std::istreambuf_iterator<char>(std::cin)), {});
    std::vector<double> numbers;
    for (const char* at = text.c_str(); *at;) {
        if (*at == '-' || (*at >= '0' && *at <= '9')) {
            char* end;
            numbers.push_back(std::strtod(at, &end));
            at = end;
        } else {
            ++at;
        }
    }
    std::vector<Point> points;
    for (std::size_t i = 0; i + 1 < numbers.size(); i += 2)
        points.push_back({numbers[i], numbers[i + 1]});
    return points;
}

int main() {
    const std::vector<Point> points = read_points();
    const int n = static_cast<int>(points.size());
    std::vector<int> order{0};
    std::vector<bool> visited(n, false);
    visited[0] = true;
    while (static_cast<int>(order.size()) < n) {
        const Point here = points[order.back()];
        const double share = double(n - order.size()) / n;
        int best = -1;
        double most = 0.0;
        for (int k = 0; k < n; ++k) {
            if (visited[k]) continue;
            const double distance = std::hypot(points[k].x - here.x, points[k].y - here.y);
            const double centre = std::hypot(points[k].x - 0.5, points[k].y - 0.5);
            const double drawn = attraction(distance, centre, share);
            if (best < 0 || drawn > most) {
                best = k;
                most = drawn;
            }
        }
        visited[best] = true;
        order.push_back(best);
    }
    std::cout << '[';
    for (int k = 0; k < n; ++k) std::cout << (k ? "," : "") << order[k];
    std::cout << "]\\n";
}
"""

RUST = """\
// Reads the case as JSON on standard input, writes the tour as JSON on standard output.
use std::io::Read;

/// How attractive a point is, by its distance from here and from the middle, and the share of
/// points left.
fn attraction(distance: f64, centre: f64, share: f64) -> f64 {
    -distance + 0.0 * centre * share
}

/// The input holds no numbers but the coordinates, in order.
fn read_points() -> Vec<(f64, f64)> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).expect("the case");
    let part_of_a_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e');
    let numbers: Vec<f64> = text
        .split(|c: char| !part_of_a_number(c))
        .filter_map(|word| word.parse().ok())
        .collect();
    numbers.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()
}

fn main() {
    let points = read_points();
    let mut order = vec![0];
    let mut left: Vec<usize> = (1..points.len()).collect();
    while !left.is_empty() {
        let here = points[order[order.len() - 1]];
        let share = left.len() as f64 / points.len() as f64;
        let (mut best, mut most) = (0, f64::NEG_INFINITY);
        for (at, &k) in left.iter().enumerate() {
            let (x, y) = points[k];
            let distance = (x - here.0).hypot(y - here.1);
            let drawn = attraction(distance, (x - 0.5).hypot(y - 0.5), share);
            if drawn > most {
                (best, most) = (at, drawn);
            }
        }
        order.push(left.remove(best));
    }
    let words: Vec<String> = order.iter().map(|k| k.to_string()).collect();
    println!("[{}]", words.join(","));
}
"""

JAVASCRIPT = """\
// Reads the case as JSON on standard input, writes the tour as JSON on standard output.
const { readFileSync } = require("fs");

// How attractive a point is, by its distance from here and from the middle, and the share of
// points left.
function attraction(distance, centre, share) {
  return -distance + 0.0 * centre * share;
}

const { points } = JSON.parse(readFileSync(0, "utf8"));
const order = [0];
const left = points.map((_, k) => k).slice(1);
while (left.length > 0) {
  const [x, y] = points[order[order.length - 1]];
  const share = left.length / points.length;
  let best = 0;
  let most = -Infinity;
  left.forEach((k, at) => {
    const [a, b] = points[k];
    const drawn = attraction(Math.hypot(a - x, b - y), Math.hypot(a - 0.5, b - 0.5), share);
    if (drawn > most) [best, most] = [at, drawn];
  });
  order.push(...left.splice(best, 1));
}
console.log(JSON.stringify(order));
"""
