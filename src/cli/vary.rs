//! `--vary PATH=a,b,c`: variants from the command line, the product of all that is varied.
//!
//! Makes overrides that define variants, so that they are read and complained about like any others.

use crate::scenario::Override;

/// A path with the values that it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Vary {
    path: String,
    values: Vec<String>,
}

impl std::fmt::Display for Vary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}={}", self.path, self.values.join(","))
    }
}

/// `PATH=a,b,c`; commas inside brackets, braces and quotes do not separate.
///
/// # Errors
/// If there is no `=`, nothing before it, or an empty value.
pub(super) fn parse_vary(text: &str) -> Result<Vary, String> {
    let wrong = "expected PATH=A,B,…, for example `consumers.booking.prefetch=1,10,100`";
    let (path, values) = text.split_once('=').ok_or(wrong)?;
    let values = split(values);
    if path.trim().is_empty() || values.iter().any(String::is_empty) {
        return Err(wrong.into());
    }
    Ok(Vary { path: path.trim().to_owned(), values })
}

/// Overrides that replace the file's variants by the product of what is varied; none if nothing is.
pub(super) fn variants(varied: &[Vary]) -> Vec<Override> {
    if varied.is_empty() {
        return Vec::new();
    }
    let mut combinations: Vec<Vec<&str>> = vec![Vec::new()];
    for vary in varied {
        let mut longer = Vec::with_capacity(combinations.len() * vary.values.len());
        for combination in &combinations {
            longer
                .extend(vary.values.iter().map(|value| [combination.as_slice(), &[value.as_str()]].concat()));
        }
        combinations = longer;
    }
    let labels: Vec<&str> = varied.iter().map(|vary| label(vary, varied)).collect();
    let nothing = Override { path: "variants".into(), value: "{}".into() };
    let each = combinations.iter().map(|values| {
        let name: Vec<String> =
            labels.iter().zip(values).map(|(label, value)| format!("{label}={value}")).collect();
        let name = name.join(", ").replace('"', "");
        let overrides: Vec<String> = varied
            .iter()
            .zip(values)
            .map(|(vary, value)| format!("'{}': {value}", vary.path.replace('\'', "''")))
            .collect();
        Override { path: format!("variants.\"{name}\""), value: format!("{{{}}}", overrides.join(", ")) }
    });
    std::iter::once(nothing).chain(each).collect()
}

/// The last part of the path, or all of it where another path ends in the same.
fn label<'v>(vary: &'v Vary, varied: &[Vary]) -> &'v str {
    let last = |path: &'v str| path.rsplit('.').next().unwrap_or(path);
    let own = last(&vary.path);
    let same = varied.iter().filter(|other| other.path.rsplit('.').next() == Some(own)).count();
    if same > 1 || own.parse::<usize>().is_ok() { &vary.path } else { own }
}

fn split(values: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let (mut depth, mut quote) = (0_usize, None);
    for c in values.chars() {
        match (c, quote) {
            (',', None) if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            ('[' | '{', None) => depth += 1,
            (']' | '}', None) => depth = depth.saturating_sub(1),
            ('"' | '\'', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            _ => {}
        }
        parts.last_mut().expect("there is always a last part").push(c);
    }
    parts.iter().map(|part| part.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::{parse_vary, split, variants};

    #[test]
    fn commas_inside_a_value_do_not_separate() {
        assert_eq!(
            split("1, 5,[1, 2],{a: 1, b: 2},\"x,y\""),
            ["1", "5", "[1, 2]", "{a: 1, b: 2}", "\"x,y\""]
        );
        assert!(parse_vary("a=1,,2").is_err() && parse_vary("=1").is_err() && parse_vary("a").is_err());
    }

    #[test]
    fn what_is_varied_is_multiplied() {
        let varied = ["consumers.c.prefetch=1,10", "queues.q.ack_timeout=1s,5s"].map(parse_vary);
        let varied: Vec<_> = varied.into_iter().flatten().collect();
        let paths: Vec<String> = variants(&varied).into_iter().map(|one| one.path).collect();
        let expected = [
            "variants",
            "variants.\"prefetch=1, ack_timeout=1s\"",
            "variants.\"prefetch=1, ack_timeout=5s\"",
            "variants.\"prefetch=10, ack_timeout=1s\"",
            "variants.\"prefetch=10, ack_timeout=5s\"",
        ];
        assert_eq!(paths, expected);
        assert!(variants(&[]).is_empty());
    }
}
