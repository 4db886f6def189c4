//! JUnit XML, which CI systems show beside the tests of the code: a suite for each scenario or variant, a case
//! for each expectation.
//!
//! Owns the shape of the file. It follows what Jenkins, GitLab and the reporters for GitHub read in common:
//! `testsuites`, `testsuite` with `properties`, and `testcase` with `failure` or `error`.
//!
//! What cannot be said is an `error`, not `skipped`: CI systems count what was skipped as nothing to worry
//! about, while here a question that was asked has no answer and the exit code is 3. JUnit means the same by
//! the word: a `failure` is an assertion that does not hold, an `error` a test that could not be decided.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use crate::metrics::summary::{Expected, Verdict};

use super::Report;
use super::unit::in_its_unit;

/// What stands for a character that XML 1.0 cannot hold, not even escaped.
const REPLACEMENT: char = '\u{fffd}';

/// All expectations of one scenario or variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suite {
    /// The scenario's name, with the variant's where there are several.
    pub name: String,
    /// What a reader should know to see the same again, by name.
    pub properties: Vec<(&'static str, String)>,
    /// One for each expectation.
    pub cases: Vec<Case>,
}

/// One expectation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The metric and its condition.
    pub name: String,
    /// What came of it.
    pub verdict: Verdict,
    /// One line on what came of it, where it did not hold.
    pub message: String,
    /// The rest of what there is to know then, a line each.
    pub details: Vec<String>,
}

impl Suite {
    /// The expectations of a single run.
    #[must_use]
    pub fn of_run(report: &Report<'_>) -> Self {
        let summary = report.summary;
        Self {
            name: summary.scenario.clone(),
            properties: properties(summary.seed.to_string(), summary.trace_hash, report.reproduce),
            cases: summary.expectations.iter().map(|expected| case(report, expected)).collect(),
        }
    }

    /// What could not be run: one case, which is an error.
    #[must_use]
    pub fn not_run(file: &str, why: &str) -> Self {
        let case = Case {
            name: "runs".into(),
            verdict: Verdict::Unknown,
            message: why.to_owned(),
            details: Vec::new(),
        };
        let version = ("version", env!("CARGO_PKG_VERSION").to_owned());
        Self { name: file.to_owned(), properties: vec![version], cases: vec![case] }
    }

    fn count(&self, verdict: Verdict) -> usize {
        self.cases.iter().filter(|case| case.verdict == verdict).count()
    }
}

/// The properties of runs under these seeds.
pub(super) fn properties(seeds: String, trace_hash: u64, reproduce: &str) -> Vec<(&'static str, String)> {
    vec![
        ("version", env!("CARGO_PKG_VERSION").to_owned()),
        ("seeds", seeds),
        ("trace_hash", format!("{trace_hash:016x}")),
        ("command", reproduce.to_owned()),
    ]
}

fn case(report: &Report<'_>, expected: &Expected) -> Case {
    let Expected { metric, condition, value, verdict, reason } = expected;
    let measured = value.map_or_else(|| "nothing".into(), |value| in_its_unit(report.summary, metric, value));
    Case::new((metric, condition), *verdict, (&measured, reason.as_deref()), &[], report.reproduce)
}

impl Case {
    /// The case of an expectation: its metric and condition, and what was measured with the reason why that
    /// says nothing, if it does not.
    pub(super) fn new(
        (metric, condition): (&str, &str),
        verdict: Verdict,
        (measured, reason): (&str, Option<&str>),
        notes: &[String],
        reproduce: &str,
    ) -> Self {
        let name = format!("{metric} {condition}");
        let message = match (verdict, reason) {
            (Verdict::Held, _) => return Self { name, verdict, message: String::new(), details: Vec::new() },
            (Verdict::Unknown, Some(reason)) => reason.to_owned(),
            _ => format!("{metric} is {measured}, expected {condition}"),
        };
        let mut details = vec![format!("expected: {metric} {condition}"), format!("measured: {measured}")];
        details.extend_from_slice(notes);
        details.push(format!("run it again: {reproduce}"));
        Self { name, verdict, message, details }
    }
}

/// The whole file, with a newline at its end.
///
/// Every `time` is 0: the same runs give the same bytes, however long they took.
#[must_use]
pub fn render(suites: &[Suite]) -> String {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    write(&mut xml, Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
    let sum = |of: fn(&Suite) -> usize| suites.iter().map(of).sum();
    let counts = counts(
        sum(|suite| suite.cases.len()),
        sum(|suite| suite.count(Verdict::Broken)),
        sum(|suite| suite.count(Verdict::Unknown)),
    );
    element(&mut xml, "testsuites", &[&[("name", "mqlab".into())], &counts[..]].concat(), |xml| {
        for one in suites {
            suite(xml, one);
        }
    });
    let mut text = String::from_utf8(xml.into_inner()).expect("only text was written");
    text.push('\n');
    text
}

type Attribute = (&'static str, String);
type Xml = Writer<Vec<u8>>;

fn counts(tests: usize, failures: usize, errors: usize) -> [Attribute; 5] {
    [
        ("tests", tests.to_string()),
        ("failures", failures.to_string()),
        ("errors", errors.to_string()),
        ("skipped", "0".into()),
        ("time", "0".into()),
    ]
}

fn suite(xml: &mut Xml, suite: &Suite) {
    let counts = counts(suite.cases.len(), suite.count(Verdict::Broken), suite.count(Verdict::Unknown));
    element(xml, "testsuite", &[&[("name", suite.name.clone())], &counts[..]].concat(), |xml| {
        element(xml, "properties", &[], |xml| {
            for (name, value) in &suite.properties {
                let attributes = [("name", (*name).to_owned()), ("value", value.clone())];
                write(xml, Event::Empty(start("property", &attributes)));
            }
        });
        for case in &suite.cases {
            test_case(xml, &suite.name, case);
        }
    });
}

fn test_case(xml: &mut Xml, suite: &str, case: &Case) {
    let attributes = [("classname", suite.to_owned()), ("name", case.name.clone()), ("time", "0".to_owned())];
    let tag = match case.verdict {
        Verdict::Held => return write(xml, Event::Empty(start("testcase", &attributes))),
        Verdict::Broken => "failure",
        Verdict::Unknown => "error",
    };
    element(xml, "testcase", &attributes, |xml| {
        let told = [("message", case.message.clone()), ("type", case.verdict.name().to_owned())];
        element(xml, tag, &told, |xml| {
            write(xml, Event::Text(BytesText::new(&allowed(&case.details.join("\n")))));
        });
    });
}

fn element(xml: &mut Xml, tag: &str, attributes: &[Attribute], within: impl FnOnce(&mut Xml)) {
    write(xml, Event::Start(start(tag, attributes)));
    within(xml);
    write(xml, Event::End(BytesEnd::new(tag)));
}

fn start<'t>(tag: &'t str, attributes: &[Attribute]) -> BytesStart<'t> {
    let mut start = BytesStart::new(tag);
    for (name, value) in attributes {
        start.push_attribute((*name, allowed(value).as_str()));
    }
    start
}

fn write(xml: &mut Xml, event: Event<'_>) {
    xml.write_event(event).expect("memory takes everything");
}

/// The text without what XML 1.0 forbids (section 2.2, `Char`), which no escape makes legal.
fn allowed(text: &str) -> String {
    let is_char = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    text.chars().map(|c| if is_char(c) { c } else { REPLACEMENT }).collect()
}

#[cfg(test)]
mod tests {
    use roxmltree::{Document, Node};

    use super::{Case, Suite, render};
    use crate::metrics::summary::Verdict;

    fn suites(name: &str) -> [Suite; 2] {
        let case = |verdict, reason| Case::new((name, "== 0"), verdict, (name, reason), &[], name);
        let cases = vec![
            case(Verdict::Held, None),
            case(Verdict::Broken, None),
            case(Verdict::Broken, None),
            case(Verdict::Unknown, Some(name)),
        ];
        let suite = Suite { name: name.to_owned(), properties: vec![("seeds", name.to_owned())], cases };
        [suite, Suite::not_run("a.yaml", "it cannot be read")]
    }

    fn all<'a>(document: &'a Document<'_>, tag: &'static str) -> Vec<Node<'a, 'a>> {
        document.descendants().filter(|node| node.has_tag_name(tag)).collect()
    }

    /// A parser that is not ours reads back what was meant, line ends and tabs included.
    #[test]
    fn any_name_comes_back() {
        for name in ["lost", "<&\"'>", "]]> <![CDATA[", "两百张票 🎫", "a\tb\nc\rd\r\ne", "  ", "&amp;&#0;"]
        {
            let text = render(&suites(name));
            let document = Document::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
            assert_eq!(all(&document, "testsuite")[0].attribute("name"), Some(name), "{text}");
            assert_eq!(all(&document, "property")[0].attribute("value"), Some(name));
            let expected = format!("{name} == 0");
            assert_eq!(all(&document, "testcase")[0].attribute("name"), Some(expected.as_str()));
            let details = all(&document, "failure")[0].text().expect("it has details");
            assert!(details.ends_with(&format!("\nrun it again: {name}")), "{details}");
            assert_eq!(all(&document, "error")[0].attribute("message"), Some(name));
        }
    }

    #[test]
    fn what_xml_cannot_hold_is_replaced() {
        let forbidden = ('\0'..=' ').filter(|c| !matches!(c, '\t' | '\n' | '\r' | ' '));
        for c in forbidden.chain(['\u{fffe}', '\u{ffff}']) {
            let text = render(&suites(&format!("a{c}b")));
            let document = Document::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
            assert_eq!(all(&document, "testsuite")[0].attribute("name"), Some("a\u{fffd}b"), "{c:?}");
            assert!(!text.contains(c), "{c:?}");
        }
    }

    #[test]
    fn the_counts_are_those_of_the_cases() {
        let text = render(&suites("lost"));
        let document = Document::parse(&text).expect("it is XML");
        let counts = |node: &Node<'_, '_>| {
            ["tests", "failures", "errors", "skipped"].map(|name| node.attribute(name).map(str::to_owned))
        };
        let are = |counts: [u32; 4]| counts.map(|count| Some(count.to_string()));
        assert_eq!(counts(&document.root_element()), are([5, 2, 2, 0]));
        let suites: Vec<_> = all(&document, "testsuite").iter().map(counts).collect();
        assert_eq!(suites, [are([4, 2, 1, 0]), are([1, 0, 1, 0])]);
        let number = |tag| all(&document, tag).len();
        assert_eq!((number("testcase"), number("failure"), number("error")), (5, 2, 2));
    }
}
