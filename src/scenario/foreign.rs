//! Words that other systems use for what this language calls otherwise.
//!
//! A newcomer brings them along; they are recognised and answered with ours. Knows only words.

/// A word of another system.
#[derive(Debug, PartialEq, Eq)]
pub struct ForeignWord {
    /// Spellings, without case, `_`, `-` and `.`.
    pub spellings: &'static [&'static str],
    /// Where it comes from.
    pub system: &'static str,
    /// What to write here.
    pub ours: &'static str,
}

const fn word(spellings: &'static [&'static str], system: &'static str, ours: &'static str) -> ForeignWord {
    ForeignWord { spellings, system, ours }
}

/// Keys of other systems.
pub const FOREIGN_KEYS: &[ForeignWord] = &[
    word(&["visibilitytimeout"], "SQS", "`ack_timeout` on the queue"),
    word(&["ackwait"], "NATS JetStream", "`ack_timeout` on the queue"),
    word(&["consumertimeout", "xconsumertimeout"], "RabbitMQ", "`ack_timeout` on the queue"),
    word(
        &["acktimeoutmillis", "ackdeadline", "ackdeadlineseconds"],
        "Pulsar and Pub/Sub",
        "`ack_timeout` on the queue",
    ),
    word(&["maxreceivecount", "redrivepolicy"], "SQS", "`max_deliveries` and `dead_letter` on the queue"),
    word(
        &["xdeliverylimit", "deliverylimit"],
        "RabbitMQ",
        "`max_deliveries` on the queue, which counts the first delivery too",
    ),
    word(&["maxdeliver"], "NATS JetStream", "`max_deliveries` on the queue"),
    word(
        &["maxdeliveryattempts", "maxredelivercount", "maxreconsumetimes"],
        "other brokers",
        "`max_deliveries` on the queue",
    ),
    word(&["prefetchcount", "basicqos", "qos", "xprefetchcount"], "RabbitMQ", "`prefetch` on the consumer"),
    word(&["maxackpending"], "NATS JetStream", "`prefetch` on the consumer"),
    word(
        &["receiverqueuesize", "maxnumberofmessages", "maxpollrecords"],
        "other brokers",
        "`prefetch` on the consumer",
    ),
    word(&["autoack", "noack"], "RabbitMQ", "`ack: on-delivery` on the consumer"),
    word(&["enableautocommit"], "Kafka", "`ack: on-delivery` on the consumer"),
    word(&["xmessagettl", "messageretentionperiod"], "RabbitMQ and SQS", "`message_ttl` on the queue"),
    word(&["expiration", "expires"], "RabbitMQ", "`ttl` under the producer's `message`"),
    word(
        &[
            "xdeadletterexchange",
            "deadletterexchange",
            "xdeadletterroutingkey",
            "deadletterqueue",
            "dlq",
            "dlx",
            "deadlettertargetarn",
            "deadlettertopic",
        ],
        "other brokers",
        "`dead_letter` on the queue, with the name of a queue",
    ),
    word(&["xmaxlength", "maxlen"], "RabbitMQ", "`max_length` on the queue"),
    word(&["xoverflow"], "RabbitMQ", "`overflow` on the queue"),
    word(
        &["xqueuetype", "type"],
        "RabbitMQ",
        "`profile: rabbitmq-classic` or `profile: rabbitmq-quorum` on the queue",
    ),
    word(
        &["duplicates", "duplicatewindow", "deduplicationinterval"],
        "NATS JetStream and SQS",
        "`dedup_window` on the queue",
    ),
    word(&["deliverymode"], "AMQP", "`persistent: true` or `false` under the producer's `message`"),
    word(
        &["publisherconfirms", "confirmselect", "acks"],
        "RabbitMQ and Kafka",
        "`confirm` in the publish step",
    ),
    word(
        &["concurrentconsumers", "consumerscount", "replicas", "count", "workers"],
        "other tools",
        "`instances` or `concurrency`",
    ),
    word(&["rps", "qps", "rate"], "load generators", "`arrivals: {poisson: 100/s}`"),
    word(&["duration"], "load generators", "`run_for`, or `for` in a phase"),
    word(&["<<"], "YAML 1.1", "the keys themselves: merge keys are not read here"),
];

/// Values of other systems.
pub const FOREIGN_VALUES: &[ForeignWord] = &[
    word(&["rejectpublish", "rejectpublishdlx"], "RabbitMQ", "`reject`"),
    word(&["dropoldest", "discardold", "old"], "other brokers", "`drop-head`"),
    word(&["dropnew", "discardnew", "new"], "NATS JetStream", "`reject`"),
    word(&["auto", "automatic", "autoack", "noack"], "AMQP clients", "`on-delivery`"),
    word(&["manual", "explicit", "client"], "AMQP clients", "`after-handling`"),
    word(&["nack", "basicnack"], "AMQP", "`requeue`, or `reject` not to see it again"),
    word(&["kill", "sigkill"], "Unix", "`process`"),
    word(&["power", "poweroff", "host", "node"], "operations", "`machine`"),
    word(&["basicpublish", "produce", "send"], "AMQP and Kafka", "`publish`"),
    word(&["basicack", "acknowledge", "acknowledgement", "commit"], "AMQP and Kafka", "`ack`"),
    word(&["basicdeliver", "deliver"], "AMQP", "`delivery`"),
    word(&["exponential", "fulljitter", "random"], "other tools", "`full`"),
    word(&["rabbitmq", "rabbit", "classic"], "RabbitMQ", "`rabbitmq-classic` or `rabbitmq-quorum`"),
    word(&["quorum"], "RabbitMQ", "`rabbitmq-quorum`"),
    word(&["aws", "amazonsqs"], "AWS", "`sqs`"),
];

/// The entry for `text` in one of the tables.
#[must_use]
pub fn recognise(table: &'static [ForeignWord], text: &str) -> Option<&'static ForeignWord> {
    let bare: String = text.chars().filter(|c| !"_-.".contains(*c)).flat_map(char::to_lowercase).collect();
    table.iter().find(|word| word.spellings.contains(&bare.as_str()))
}
