//! The small pieces of which a YAML tree is made.

use serde_yaml::{Mapping, Value};

/// A map under construction.
pub(super) struct Map(Mapping);

impl Map {
    pub(super) fn new() -> Self {
        Self(Mapping::new())
    }

    pub(super) fn put(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0.insert(Value::from(key), value.into());
        self
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Self::Mapping(map.0)
    }
}

pub(super) fn one(key: &str, value: impl Into<Value>) -> Value {
    Map::new().put(key, value).into()
}

#[expect(clippy::needless_pass_by_value, reason = "what it writes is small and copied")]
pub(super) fn text(value: impl ToString) -> Value {
    Value::from(value.to_string())
}

pub(super) fn or(value: Option<impl Into<Value>>, word: &str) -> Value {
    value.map_or_else(|| Value::from(word), Into::into)
}

/// Names with texts.
pub(super) fn texts(pairs: &[(String, String)]) -> Value {
    let entries = pairs.iter().map(|(name, text)| (Value::from(name.as_str()), Value::from(text.as_str())));
    Value::Mapping(entries.collect())
}

pub(super) fn list<T>(items: &[T], write: impl FnMut(&T) -> Value) -> Value {
    Value::Sequence(items.iter().map(write).collect())
}

pub(super) fn named<'s, T>(items: &'s [T], write: impl Fn(&'s T) -> (&'s String, Value)) -> Value {
    let entries = items.iter().map(write).map(|(name, value)| (Value::from(name.as_str()), value));
    Value::Mapping(entries.collect())
}
