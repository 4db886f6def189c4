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
    word(&["receiverqueuesize", "maxnumberofmessages"], "other brokers", "`prefetch` on the consumer"),
    word(&["autoack", "noack"], "RabbitMQ", "`ack: on-delivery` on the consumer"),
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
        &["xqueuetype"],
        "RabbitMQ",
        "`profile: rabbitmq-classic` or `profile: rabbitmq-quorum` (for a stream `kind: log`) on the queue",
    ),
    word(
        &["type", "exchangetype"],
        "RabbitMQ",
        "`kind` on an exchange, or a `profile` such as `rabbitmq-quorum` on a queue",
    ),
    word(
        &["duplicates", "duplicatewindow", "deduplicationinterval"],
        "NATS JetStream and SQS",
        "`dedup_window` on the queue",
    ),
    word(&["deliverymode"], "AMQP", "`persistent: true` or `false` under the producer's `message`"),
    word(&["publisherconfirms", "confirmselect"], "RabbitMQ", "`confirm` in the publish step"),
    word(
        &["acks"],
        "Kafka",
        "`confirm` in the publish step, and `replication` on the broker (`async` confirms at the leader, `quorum` at a majority),",
    ),
    word(
        &["mininsyncreplicas", "replicationfactor", "xquoruminitialgroupsize", "numreplicas"],
        "replicated brokers",
        "`broker: {nodes: 3, replication: quorum}`",
    ),
    word(&["enableidempotence"], "Kafka", "`idempotent_producers: true` on the log"),
    word(&["xmaxpriority"], "RabbitMQ", "`priorities` (the number of levels) on the queue"),
    word(
        &["groupid", "consumergroup", "subscription", "subscriptionname", "durablename"],
        "Kafka and others",
        "`group` on the consumer of a log",
    ),
    word(
        &["autooffsetreset", "deliverpolicy", "consumefromwhere", "xstreamoffset"],
        "Kafka and others",
        "`start: earliest` or `start: latest` on the consumer of a log",
    ),
    word(&["maxpollrecords"], "Kafka", "`poll: {max_records: 500}` on the consumer of a log"),
    word(&["maxpollintervalms"], "Kafka", "`poll_timeout: 5min` on the consumer of a log"),
    word(&["sessiontimeoutms"], "Kafka", "`session_timeout: 45s` on the consumer of a log"),
    word(
        &["heartbeatintervalms"],
        "Kafka",
        "`session_timeout` on the consumer of a log, after which silence is noticed,",
    ),
    word(
        &["enableautocommit"],
        "Kafka",
        "`ack: {every: 5s}` on the consumer of a log for true, `ack: after-handling` for false",
    ),
    word(
        &["autocommitintervalms", "autocommitinterval"],
        "Kafka",
        "`ack: {every: 5s}` on the consumer of a log",
    ),
    word(
        &["partitionassignmentstrategy"],
        "Kafka",
        "`rebalance: eager` or `rebalance: cooperative` on the consumer of a log",
    ),
    word(&["numpartitions"], "Kafka", "`partitions` on the log"),
    word(
        &["retentionms", "logretentionms", "logretentionhours", "maxage", "xmaxage"],
        "Kafka and others",
        "`retention` on the log",
    ),
    word(
        &["retentionbytes", "logretentionbytes", "maxbytes", "xmaxlengthbytes"],
        "other brokers",
        "`retention_size` on a log, `max_length` on a queue",
    ),
    word(&["topics", "streams"], "Kafka and others", "`queues` with `kind: log`"),
    word(
        &["delayseconds", "xdelay", "deliverafter", "delaytimelevel"],
        "other brokers",
        "`delay` under the producer's `message`",
    ),
    word(
        &["messagegroupid", "orderingkey"],
        "SQS FIFO and Pub/Sub",
        "`key` under the producer's `message`, and `ordering: one-per-key` on the queue",
    ),
    word(
        &["messagededuplicationid", "natsmsgid"],
        "SQS FIFO and JetStream",
        "`id: keep` under `confirm`, and a `dedup_window` on the queue",
    ),
    word(
        &["receivemessagewaittimeseconds", "waittimeseconds"],
        "SQS",
        "no key at all (long polling is always on)",
    ),
    word(&["changemessagevisibility", "inprogress"], "SQS and JetStream", "`extend_every` on the consumer"),
    word(
        &["subscriptiontype"],
        "Pulsar",
        "`ordering` on the queue: `free` for Shared, `key-to-one-consumer` for Key_Shared",
    ),
    word(
        &["nackredeliverydelay", "negativeackredeliverydelay", "backoffpolicy"],
        "Pulsar and JetStream",
        "`redelivery_delay` on the queue",
    ),
    word(&["xsingleactiveconsumer"], "RabbitMQ", "`instances: 1` on the consumer"),
    word(&["alternateexchange"], "RabbitMQ", "`alternate` on the exchange"),
    word(&["xmatch"], "RabbitMQ", "`match: all` or `match: any` on the binding"),
    word(&["bindingkey", "routingpattern", "pattern"], "RabbitMQ", "`routing_key` on the binding"),
    word(&["vmmemoryhighwatermark", "memoryhighwatermark"], "RabbitMQ", "`memory_limit` on the broker"),
    word(&["cluster"], "other tools", "`broker: {nodes: 3, replication: quorum}`"),
    word(
        &["concurrentconsumers", "consumerscount", "replicas", "count", "workers"],
        "other tools",
        "`instances` or `concurrency`",
    ),
    word(
        &["maxconnections", "maxconcurrency", "maxthreads", "poolsize", "threads", "bulkhead", "limit"],
        "servers and pools",
        "`concurrency` on the service",
    ),
    word(
        &["maxpendingrequests", "queuesize", "queuecapacity", "acceptcount", "backlog"],
        "servers and proxies",
        "`when_full: {queue: 100}` on the service",
    ),
    word(
        &["circuitbreaker", "outlierdetection"],
        "Resilience4j and Envoy",
        "`breaker: {failures: 5, open_for: 30s}` in the call step",
    ),
    word(&["failurethreshold", "failureratethreshold", "consecutive5xx"], "circuit breakers", "`failures`"),
    word(
        &["waitdurationinopenstate", "sleepwindow", "resettimeout", "baseejectiontime"],
        "circuit breakers",
        "`open_for`",
    ),
    word(&["permittednumberofcallsinhalfopenstate", "halfopenrequests"], "circuit breakers", "`probes`"),
    word(
        &[
            "timeoutms",
            "timeoutseconds",
            "pertrytimeout",
            "requesttimeout",
            "requesttimeoutms",
            "readtimeout",
        ],
        "clients and proxies",
        "`timeout: 200ms`, with its unit,",
    ),
    word(
        &["maxretries", "numretries", "retry", "retrycount", "retrylimit"],
        "clients and proxies",
        "`retries`, the attempts beyond the first,",
    ),
    word(&["maxattempts", "attempts"], "gRPC and Resilience4j", "`retries`, the attempts beyond the first,"),
    word(&["retryratio", "budgetpercent", "retrythrottling"], "Finagle and gRPC", "`retry_budget: 10%`"),
    word(&["loadbalancing", "loadbalancer", "lbpolicy", "balance"], "proxies", "`dispatch` on the service"),
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
    word(&["stream", "topicqueue"], "RabbitMQ and JetStream", "`log`"),
    word(&["beginning", "oldest", "first", "deliverall"], "other brokers", "`earliest`"),
    word(&["end", "newest", "last", "delivernew"], "other brokers", "`latest`"),
    word(&["keyshared"], "Pulsar", "`key-to-one-consumer`"),
    word(&["shared"], "Pulsar", "`free`"),
    word(&["cooperativesticky", "cooperativestickyassignor"], "Kafka", "`cooperative`"),
    word(&["range", "roundrobin", "sticky", "rangeassignor"], "Kafka", "`eager`"),
    word(&["raft", "majority", "sync"], "replicated brokers", "`quorum`"),
    word(&["mirrored", "leader"], "replicated brokers", "`async`"),
    word(&["broadcast"], "other brokers", "`fanout`"),
    word(&["fetch", "poll", "pull"], "Kafka and others", "`request`"),
    word(&["block", "wait", "enqueue"], "servers and pools", "`queue`"),
    word(&["shed", "deny", "503", "abort"], "servers and proxies", "`reject`"),
    word(&["rr"], "proxies", "`round-robin`"),
    word(
        &["leastrequest", "leastconn", "leastconnections", "jsq"],
        "Envoy, HAProxy and nginx",
        "`least-loaded`",
    ),
    word(&["p2c", "randomtwoleastconn"], "Finagle and nginx", "`power-of-two`"),
    word(&["iphash", "hash", "ringhash", "maglev", "consistenthash"], "proxies", "`sticky-key`"),
    word(&["fifo"], "queueing theory", "`oldest-first`"),
    word(&["lifo"], "queueing theory", "`newest-first`"),
    word(&["aws", "amazonsqs"], "AWS", "`sqs`"),
];

/// The entry for `text` in one of the tables.
#[must_use]
pub fn recognise(table: &'static [ForeignWord], text: &str) -> Option<&'static ForeignWord> {
    let bare: String = text.chars().filter(|c| !"_-.".contains(*c)).flat_map(char::to_lowercase).collect();
    table.iter().find(|word| word.spellings.contains(&bare.as_str()))
}
