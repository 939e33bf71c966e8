"""One solution of each exercise of polyglot_mini, in its language: it can be solved, and its statement says how."""

SOLUTIONS = {
    "mirrored_words": r"""
import sys
for line in sys.stdin.read().removesuffix("\n").split("\n"):
    print(" ".join(word[::-1] for word in line.split(" ")))
""",
    "ledger": r"""
import sys
from collections import Counter
totals = Counter()
for line in sys.stdin:
    name, amount = line.split()
    totals[name] += int(amount)
left = [f"{name} {totals[name]}" for name in sorted(totals) if totals[name]]
print("\n".join(left) or "even")
""",
    "bracket_depth": r"""
import sys
PAIRS = {")": "(", "]": "[", "}": "{"}
def answer(line):
    stack, deep = [], 0
    for at, letter in enumerate(line):
        if letter in "([{":
            stack.append(letter)
            deep = max(deep, len(stack))
        elif letter in PAIRS:
            if not stack or stack[-1] != PAIRS[letter]:
                return f"broken {at + 1}"
            stack.pop()
    return f"open {len(stack)}" if stack else deep
for line in sys.stdin.read().removesuffix("\n").split("\n"):
    print(answer(line))
""",
    "free_slots": r"""
import sys
rows = [tuple(map(int, line.split())) for line in sys.stdin if line.strip()]
(first, last), meetings = rows[0], rows[1:]
free = [m for m in range(first, last + 1) if not any(a <= m < b for a, b in meetings)]
slots = []
for minute in free:
    if slots and slots[-1][1] == minute:
        slots[-1][1] += 1
    else:
        slots.append([minute, minute + 1])
print("\n".join(f"{a} {b}" for a, b in slots) or "none")
""",
    "lower_medians": r"""
#include <algorithm>
#include <iostream>
#include <vector>
int main() {
    std::vector<int> seen;
    int value;
    while (std::cin >> value) {
        seen.insert(std::upper_bound(seen.begin(), seen.end(), value), value);
        std::cout << seen[(seen.size() - 1) / 2] << "\n";
    }
}
""",
    "other_base": r"""
#include <iostream>
#include <string>
int main() {
    long long number;
    int base;
    while (std::cin >> number >> base) {
        unsigned long long left = number < 0 ? 0ULL - (unsigned long long)number : number;
        std::string digits;
        do {
            digits.insert(digits.begin(), "0123456789abcdefghijklmnopqrstuvwxyz"[left % base]);
            left /= base;
        } while (left);
        std::cout << (number < 0 ? "-" : "") << digits << "\n";
    }
}
""",
    "islands": r"""
#include <algorithm>
#include <iostream>
#include <string>
#include <vector>
std::vector<std::string> rows;
int fill(int y, int x) {
    if (y < 0 || x < 0 || y >= (int)rows.size() || x >= (int)rows[y].size() || rows[y][x] != '#') return 0;
    rows[y][x] = '.';
    return 1 + fill(y + 1, x) + fill(y - 1, x) + fill(y, x + 1) + fill(y, x - 1);
}
int main() {
    std::string line;
    while (std::getline(std::cin, line)) rows.push_back(line);
    int count = 0, largest = 0;
    for (int y = 0; y < (int)rows.size(); y++)
        for (int x = 0; x < (int)rows[y].size(); x++)
            if (int size = fill(y, x)) { count++; largest = std::max(largest, size); }
    std::cout << count << " " << largest << "\n";
}
""",
    "small_cache": r"""
#include <iostream>
#include <list>
#include <string>
int main() {
    size_t room;
    std::cin >> room;
    std::list<std::pair<std::string, std::string>> held;
    std::string word, key, value;
    while (std::cin >> word >> key) {
        auto at = held.begin();
        while (at != held.end() && at->first != key) ++at;
        if (word == "get") {
            std::cout << (at == held.end() ? "-" : at->second) << "\n";
            if (at != held.end()) held.splice(held.end(), held, at);
            continue;
        }
        std::cin >> value;
        if (at != held.end()) held.erase(at);
        else if (held.size() == room) held.pop_front();
        held.push_back({key, value});
    }
    bool first = true;
    for (auto& pair : held) { std::cout << (first ? "" : " ") << pair.first; first = false; }
    std::cout << "\n";
}
""",
    "word_tally": r"""
use std::collections::HashMap;
use std::io::Read;
fn main() {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).unwrap();
    let mut counts: HashMap<String, usize> = HashMap::new();
    for word in text.to_ascii_lowercase().split(|c: char| !c.is_ascii_lowercase()) {
        if !word.is_empty() { *counts.entry(word.to_string()).or_insert(0) += 1; }
    }
    let mut all: Vec<_> = counts.into_iter().collect();
    all.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    for (word, count) in all { println!("{} {}", word, count); }
}
""",
    "runs": r"""
use std::io::BufRead;
fn main() {
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let (command, word) = line.split_once(' ').unwrap();
        let letters: Vec<char> = word.chars().collect();
        let mut out = String::new();
        let mut at = 0;
        while at < letters.len() {
            if command == "pack" {
                let mut end = at;
                while end < letters.len() && letters[end] == letters[at] { end += 1; }
                if end - at > 1 { out += &(end - at).to_string(); }
                out.push(letters[at]);
                at = end;
            } else {
                let mut count = 0;
                while letters[at].is_ascii_digit() {
                    count = count * 10 + letters[at].to_digit(10).unwrap() as usize;
                    at += 1;
                }
                for _ in 0..count.max(1) { out.push(letters[at]); }
                at += 1;
            }
        }
        println!("{}", out);
    }
}
""",
    "postfix": r"""
use std::io::BufRead;
fn value(line: &str) -> Option<i64> {
    let mut stack: Vec<i64> = Vec::new();
    for word in line.split_whitespace() {
        if let Ok(number) = word.parse::<i64>() { stack.push(number); continue; }
        let right = stack.pop()?;
        let left = stack.pop()?;
        stack.push(match word {
            "+" => left + right,
            "-" => left - right,
            "*" => left * right,
            _ => left.checked_div(right)?,
        });
    }
    if stack.len() == 1 { stack.pop() } else { None }
}
fn main() {
    for line in std::io::stdin().lock().lines() {
        match value(&line.unwrap()) { Some(v) => println!("{}", v), None => println!("error") }
    }
}
""",
    "primes_between": r"""
use std::io::BufRead;
fn main() {
    let top = 1_000_001;
    let mut prime = vec![true; top];
    prime[0] = false;
    prime[1] = false;
    let mut n = 2;
    while n * n < top {
        if prime[n] { let mut m = n * n; while m < top { prime[m] = false; m += n; } }
        n += 1;
    }
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let pair: Vec<usize> = line.split_whitespace().map(|w| w.parse().unwrap()).collect();
        println!("{}", (pair[0]..=pair[1]).filter(|&n| prime[n]).count());
    }
}
""",
    "quoted_column": r"""
const [first, ...table] = require("fs").readFileSync(0, "utf8").replace(/\n$/, "").split("\n");
for (const line of table) {
  const fields = [""];
  let quoted = false;
  for (let at = 0; at < line.length; at++) {
    const letter = line[at];
    if (letter === '"' && quoted && line[at + 1] === '"') { fields[fields.length - 1] += '"'; at++; }
    else if (letter === '"') quoted = !quoted;
    else if (letter === "," && !quoted) fields.push("");
    else fields[fields.length - 1] += letter;
  }
  console.log(Number(first) <= fields.length ? fields[Number(first) - 1] : "-");
}
""",
    "leaf_paths": r"""
const walk = (value, path) => {
  if (Array.isArray(value)) value.forEach((inner, at) => walk(inner, `${path}[${at}]`));
  else if (value !== null && typeof value === "object")
    for (const [key, inner] of Object.entries(value)) walk(inner, path ? `${path}.${key}` : key);
  else console.log(`${path}=${JSON.stringify(value)}`);
};
for (const line of require("fs").readFileSync(0, "utf8").trim().split("\n")) walk(JSON.parse(line), "");
""",
    "turnstile": r"""
let state = "locked", persons = 0, coins = 0, ticks = 0;
for (const event of require("fs").readFileSync(0, "utf8").trim().split("\n")) {
  ticks = event === "tick" ? ticks + 1 : 0;
  if (event === "key") state = "locked";
  else if (event === "tick") { if (ticks >= 3 && state === "unlocked") state = "locked"; }
  else if (event === "coin") { if (state !== "alarm") { state = "unlocked"; coins++; } }
  else if (state === "unlocked") { persons++; state = "locked"; }
  else state = "alarm";
}
console.log(state, persons, coins);
""",
    "days_apart": r"""
const day = (text) => {
  const [year, month, date] = text.split("-").map(Number);
  const at = new Date(Date.UTC(year, month - 1, date));
  return at.getUTCMonth() === month - 1 && at.getUTCDate() === date ? at / 864e5 : NaN;
};
for (const line of require("fs").readFileSync(0, "utf8").trim().split("\n")) {
  const [one, other] = line.split(" ").map(day);
  console.log(Number.isNaN(one + other) ? "bad" : String(other - one));
}
""",
    "build_order": r"""
package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

func main() {
	needs := map[string]map[string]bool{}
	add := func(part string) {
		if needs[part] == nil {
			needs[part] = map[string]bool{}
		}
	}
	scanner := bufio.NewScanner(os.Stdin)
	for scanner.Scan() {
		words := strings.Fields(scanner.Text())
		for _, word := range words {
			add(word)
		}
		for _, word := range words[1:] {
			needs[words[0]][word] = true
		}
	}
	order := []string{}
	for len(needs) > 0 {
		next := ""
		for part, before := range needs {
			if len(before) == 0 && (next == "" || part < next) {
				next = part
			}
		}
		if next == "" {
			fmt.Println("cycle")
			return
		}
		order = append(order, next)
		delete(needs, next)
		for _, before := range needs {
			delete(before, next)
		}
	}
	fmt.Println(strings.Join(order, " "))
}
""",
    "counters": r"""
package main

import "fmt"

func main() {
	var count, comes, takes, last int
	fmt.Scan(&count)
	free := make([]int, count)
	for {
		if _, err := fmt.Scan(&comes, &takes); err != nil {
			break
		}
		best, at := 0, 0
		for number, when := range free {
			start := when
			if comes > start {
				start = comes
			}
			if number == 0 || start < at {
				best, at = number, start
			}
		}
		free[best] = at + takes
		if free[best] > last {
			last = free[best]
		}
		fmt.Println(best+1, at)
	}
	fmt.Println(last)
}
""",
    "spiral": r"""
package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

func main() {
	table := [][]string{}
	scanner := bufio.NewScanner(os.Stdin)
	for scanner.Scan() {
		table = append(table, strings.Fields(scanner.Text()))
	}
	found := []string{}
	for len(table) > 0 && len(table[0]) > 0 {
		found = append(found, table[0]...)
		rest := table[1:]
		turned := [][]string{}
		for x := len(table[0]) - 1; x >= 0; x-- {
			row := []string{}
			for _, line := range rest {
				row = append(row, line[x])
			}
			turned = append(turned, row)
		}
		table = turned
	}
	fmt.Println(strings.Join(found, " "))
}
""",
    "wrapped": r"""
package main

import "fmt"

func main() {
	var width int
	var word, line string
	fmt.Scan(&width)
	for {
		if _, err := fmt.Scan(&word); err != nil {
			break
		}
		if line != "" && len(line)+1+len(word) > width {
			fmt.Println(line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	fmt.Println(line)
}
""",
    "column_sums": r"""
awk '{ for (i = 1; i <= NF; i++) sum[i] += $i; if (NF > most) most = NF }
END { for (i = 1; i <= most; i++) printf "%s%d", (i > 1 ? " " : ""), sum[i]; print "" }'
""",
    "first_seen": r"""
awk '!seen[$0]++'
""",
    "levels": r"""
awk -F ': ' '/^[A-Z]+: / { count[$1]++ } END { for (level in count) print level, count[level] }' | sort
""",
    "longest_line": r"""
awk 'NR == 1 || length($0) > length(best) { best = $0 } END { print length(best), best }'
""",
}
