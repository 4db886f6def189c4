//! `--vary PATH=a,b,c`: a grid from the command line, the product of all that is varied.
//!
//! Makes overrides that define a sweep, so that it is read and complained about like any other.

use crate::scenario::{Origin, Override};

use super::run::quoted;

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

/// The options that vary, each with a blank before it.
pub(super) fn options(varied: &[Vary]) -> String {
    varied.iter().flat_map(|vary| [" --vary ".to_owned(), quoted(&vary.to_string())]).collect()
}

/// Overrides that replace the file's sweep by what is varied; none if nothing is.
pub(super) fn sweep(varied: &[Vary]) -> Vec<Override> {
    if varied.is_empty() {
        return Vec::new();
    }
    let nothing = Override { path: "sweep".into(), value: "{}".into(), origin: Origin::Set };
    let axis = |vary: &Vary| Override {
        path: vary.path.clone(),
        value: format!("[{}]", vary.values.join(", ")),
        origin: Origin::Vary,
    };
    std::iter::once(nothing).chain(varied.iter().map(axis)).collect()
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
    use super::{parse_vary, split, sweep};

    #[test]
    fn commas_inside_a_value_do_not_separate() {
        assert_eq!(
            split("1, 5,[1, 2],{a: 1, b: 2},\"x,y\""),
            ["1", "5", "[1, 2]", "{a: 1, b: 2}", "\"x,y\""]
        );
        assert!(parse_vary("a=1,,2").is_err() && parse_vary("=1").is_err() && parse_vary("a").is_err());
    }

    #[test]
    fn what_is_varied_replaces_the_sweep() {
        let varied = ["consumers.c.prefetch=1,10", "queues.q.ack_timeout=1s,5s"].map(parse_vary);
        let varied: Vec<_> = varied.into_iter().flatten().collect();
        let made: Vec<String> =
            sweep(&varied).into_iter().map(|one| format!("{}: {}", one.path, one.value)).collect();
        let expected = ["sweep: {}", "consumers.c.prefetch: [1, 10]", "queues.q.ack_timeout: [1s, 5s]"];
        assert_eq!(made, expected);
        assert!(sweep(&[]).is_empty());
    }
}
