//! Idempotency guards, written.

use serde_yaml::Value;

use super::super::model::{Expire, Guard, Idempotency, Mark, SetNx, StoreRef};
use super::super::words::{
    EXPIRE, IF_TAKEN, KEY_OF, KEY_TRANSACTION, ON_STALE, VERSION_FROM, WHEN_DOWN, word_of,
};
use super::Writer;
use super::value::{Map, or, text};

impl Writer<'_> {
    pub(super) fn guard(&self, guard: &Idempotency) -> Value {
        let at = |by: &str, store: &StoreRef| {
            Map::new().put("by", by).put("in", self.scenario.stores[store.0].name.as_str())
        };
        let key = word_of(KEY_OF, &guard.key);
        match &guard.by {
            Guard::UniqueKey { store, transaction } => at("unique-key", store)
                .put("key", key)
                .put("transaction", word_of(KEY_TRANSACTION, transaction)),
            Guard::SetNx(setnx) => {
                self::setnx(at("setnx", &setnx.store), setnx).put("key", key).put("fence", guard.fence)
            }
            Guard::Version { from_message, on_stale } => {
                let map = match from_message {
                    Some(store) => at("version", store),
                    None => Map::new().put("by", "version"),
                };
                map.put("from", word_of(VERSION_FROM, &from_message.is_some()))
                    .put("on_stale", word_of(ON_STALE, on_stale))
            }
            Guard::Status { store, from, to, on_stale } => at("status", store)
                .put("states", Map::new().put("from", from.as_str()).put("to", to.as_str()))
                .put("on_stale", word_of(ON_STALE, on_stale)),
            Guard::Inbox { store, poll } => at("inbox", store).put("key", key).put("poll", text(*poll)),
            Guard::InMemory => Map::new().put("by", "in-memory").put("key", key),
        }
        .into()
    }
}

fn setnx(map: Map, setnx: &SetNx) -> Map {
    let map = map
        .put("ttl", or(setnx.ttl.map(text), "off"))
        .put("when_cache_is_down", word_of(WHEN_DOWN, &setnx.when_down));
    let map = match setnx.mark {
        Mark::Before => map.put("mark", "before"),
        Mark::After => return map.put("mark", "after"),
        Mark::LeaseThenDone { lease } => map.put("mark", "lease-then-done").put("lease", text(lease)),
    };
    let map = map.put("if_taken", word_of(IF_TAKEN, &setnx.if_taken));
    if setnx.expire == Expire::SeparateCall { map.put("expire", word_of(EXPIRE, &setnx.expire)) } else { map }
}
