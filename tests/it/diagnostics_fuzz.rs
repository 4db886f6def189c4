//! No input makes the reader panic: files cut, spliced and scrambled give a scenario or complaints.

use mqlab::scenario::diagnostic::{Paint, render_all};
use mqlab::scenario::{Origin, Override, Source, read, to_yaml};

use crate::diagnostics_support::{Files, METRICS};

const EXAMPLES: [&str; 3] = [
    include_str!("data/everything.yaml"),
    include_str!("data/ten_lines.yaml"),
    include_str!("data/whole_broker.yaml"),
];

/// What a mutation likes to put somewhere.
const TOKENS: [&str; 40] = [
    ":",
    ": ",
    "- ",
    "{",
    "}",
    "[",
    "]",
    ",",
    "#",
    "&a ",
    "*a",
    "|\n",
    ">\n",
    "'",
    "\"",
    "\t",
    "\n",
    "\r\n",
    "---\n",
    "...\n",
    "!",
    "!!str ",
    "%",
    "@",
    "~",
    "null",
    "0",
    "-1",
    "1e999",
    "NaN",
    "18446744073709551616",
    "99999999h",
    "2%",
    "<<",
    "é",
    "数",
    "\u{feff}",
    "\0",
    "? ",
    "booking#4294967295",
];

/// A small generator of its own (`SplitMix64`), so that a failure names its number.
struct Luck(u64);

impl Luck {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).expect("below a usize")
    }
}

fn mutate(text: &str, luck: &mut Luck) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=luck.below(3) {
        let at = luck.below(bytes.len() + 1);
        match luck.below(7) {
            0 => bytes.truncate(at),
            1 => {
                let end = (at + luck.below(8)).min(bytes.len());
                bytes.drain(at..end);
            }
            2 => {
                let token = TOKENS[luck.below(TOKENS.len())];
                bytes.splice(at..at, token.bytes());
            }
            3 if at < bytes.len() => bytes[at] = luck.next().to_le_bytes()[0],
            4 => swap_lines(&mut bytes, luck),
            5 => replace_word(&mut bytes, luck),
            _ => {
                let end = (at + luck.below(200)).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                let to = luck.below(bytes.len() + 1);
                bytes.splice(to..to, piece);
            }
        }
    }
    bytes
}

fn swap_lines(bytes: &mut Vec<u8>, luck: &mut Luck) {
    let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    let (a, b) = (luck.below(lines.len()), luck.below(lines.len()));
    lines.swap(a, b);
    *bytes = lines.join(&b'\n');
}

/// Replaces a value or word, which mostly leaves valid YAML with an odd meaning.
fn replace_word(bytes: &mut Vec<u8>, luck: &mut Luck) {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.%/#".contains(byte);
    let start = luck.below(bytes.len());
    let Some(start) = (start..bytes.len()).find(|at| is_word(&bytes[*at])) else { return };
    let end = (start..bytes.len()).find(|at| !is_word(&bytes[*at])).unwrap_or(bytes.len());
    let token = TOKENS[luck.below(TOKENS.len())];
    bytes.splice(start..end, token.bytes());
}

fn try_reading(bytes: Vec<u8>, overrides: &[Override]) -> bool {
    let source = match Source::from_bytes("fuzz.yaml", bytes) {
        Ok(source) => source,
        Err(complaint) => {
            assert!(!complaint.render(Paint::Plain).is_empty());
            return false;
        }
    };
    match read(&source, overrides, METRICS, &Files) {
        Ok(checked) => {
            let written = to_yaml(&checked.scenario);
            let again = Source { name: "again.yaml".to_owned(), text: written };
            let reread = read(&again, &[], METRICS, &Files)
                .unwrap_or_else(|found| panic!("{}\n{}", again.text, render_all(&found, Paint::Plain)));
            assert_eq!(reread.scenario, checked.scenario, "{}", again.text);
            true
        }
        Err(found) => {
            assert!(!render_all(&found, Paint::Plain).is_empty());
            false
        }
    }
}

#[test]
fn mutated_files_give_a_scenario_or_complaints() {
    let mut sound = 0;
    for seed in 0..4000_u64 {
        let mut luck = Luck(seed);
        let example = EXAMPLES[luck.below(EXAMPLES.len())];
        sound += usize::from(try_reading(mutate(example, &mut luck), &[]));
    }
    assert!(sound > 100, "only {sound} mutations left a scenario that can run");
}

#[test]
fn mutated_overrides_give_a_scenario_or_complaints() {
    let paths =
        ["consumers.booking.prefetch", "faults.0", "queues.orders.ack_timeout", "network.latency", "seed"];
    for seed in 0..1000_u64 {
        let mut luck = Luck(seed);
        let path = mutate(paths[luck.below(paths.len())], &mut luck);
        let value = mutate("{exponential: 5ms}", &mut luck);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let overrides = [Override { path: text(&path), value: text(&value), origin: Origin::Set }];
        try_reading(EXAMPLES[luck.below(EXAMPLES.len())].as_bytes().to_vec(), &overrides);
    }
}

#[test]
fn hostile_files_are_refused_in_time() {
    let fill = |unit: &str| unit.repeat((1 << 20) / unit.len());
    let units = [
        "[",
        "{",
        "- ",
        "? ",
        "{a: ",
        "&a ",
        "*a ",
        "!a ",
        "a: b, ",
        "[],",
        "\"",
        "- fial: {}\n",
        "a\n",
        "#",
        "\t",
        "\r",
        "é",
    ];
    for unit in units {
        try_reading(fill(unit).into_bytes(), &[]);
    }
    let many = format!("faults: [{}{{}}]", "{fial: 1}, ".repeat(20_000));
    try_reading(many.into_bytes(), &[]);
    let eightfold = |(name, before): (char, char)| {
        format!("{name}: &{name} [{}]\n", vec![format!("*{before}"); 8].join(", "))
    };
    let first = "a: &a [1, 1, 1, 1, 1, 1, 1, 1]\n".to_owned();
    let bomb: String = std::iter::once(first).chain(('b'..='z').zip('a'..).map(eightfold)).collect();
    try_reading(bomb.into_bytes(), &[]);
}
