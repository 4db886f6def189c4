//! Named numbers in a fixed order: what JSON, CSV and expectations look metrics up in.

/// A number, a count, nothing, or a map of named nodes in published order.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// Nothing was measured.
    Null,
    /// An exact count.
    Count(u64),
    /// An exact whole number, perhaps below zero.
    Whole(i64),
    /// A finite number.
    Number(f64),
    /// Named nodes, in order.
    Map(Vec<(String, Self)>),
}

impl Node {
    /// A map of fixed names.
    #[must_use]
    pub fn map<const N: usize>(fields: [(&str, Self); N]) -> Self {
        Self::Map(fields.into_iter().map(|(name, node)| (name.to_owned(), node)).collect())
    }

    /// A map of counts.
    #[must_use]
    pub fn counts(fields: &[(&'static str, u64)]) -> Self {
        Self::Map(fields.iter().map(|(name, count)| ((*name).to_owned(), Self::Count(*count))).collect())
    }

    /// A map with a name for each of `items`.
    pub fn named<T>(items: &[(String, T)], node: impl Fn(&T) -> Self) -> Self {
        Self::Map(items.iter().map(|(name, item)| (name.clone(), node(item))).collect())
    }

    /// A number, or nothing.
    #[must_use]
    pub fn number(value: Option<f64>) -> Self {
        value.map_or(Self::Null, Self::Number)
    }

    /// The number at `path`: `Some(None)` where nothing was measured, `None` where no such metric is.
    ///
    /// Names may hold dots themselves, so a step of the path is whichever name is a prefix.
    #[must_use]
    pub fn at(&self, path: &str) -> Option<Option<f64>> {
        match self {
            Self::Null => path.is_empty().then_some(None),
            #[expect(clippy::cast_precision_loss, reason = "counts beyond 2^53 are out of reach")]
            Self::Count(count) => path.is_empty().then_some(Some(*count as f64)),
            #[expect(clippy::cast_precision_loss, reason = "sums beyond 2^53 are out of reach")]
            Self::Whole(number) => path.is_empty().then_some(Some(*number as f64)),
            Self::Number(number) => path.is_empty().then_some(Some(*number)),
            Self::Map(fields) => fields.iter().find_map(|(name, node)| {
                let rest = path.strip_prefix(name.as_str())?;
                if rest.is_empty() { node.at("") } else { node.at(rest.strip_prefix('.')?) }
            }),
        }
    }

    /// Every leaf with its full dotted path, in order.
    #[must_use]
    pub fn leaves(&self) -> Vec<(String, &Self)> {
        let mut leaves = Vec::new();
        self.collect_leaves("", &mut leaves);
        leaves
    }

    fn collect_leaves<'a>(&'a self, prefix: &str, leaves: &mut Vec<(String, &'a Self)>) {
        match self {
            Self::Map(fields) => {
                for (name, node) in fields {
                    let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
                    node.collect_leaves(&path, leaves);
                }
            }
            _ => leaves.push((prefix.to_owned(), self)),
        }
    }
}
