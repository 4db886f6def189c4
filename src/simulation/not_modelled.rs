//! Where the simulation is simpler than the systems it stands for, for the report.
//!
//! Each sentence has a `Model:` comment at the place in the code that it is about.

/// What a reader of a report should know is left out.
pub const NOT_MODELLED: &[&str] = &[
    "Connections are open when the run begins; the handshake is paid after a cut, a crash, and for each message with `connection: per-message`.",
    "Storing and confirming take no time at the broker beside that of its disks (`fsync`); only links and handlers do.",
    "What a dead leader had on its way to other nodes is lost with it, and a leader notices the death of another node at once.",
    "A new leader under `quorum` brings those that elected it up to its own log, on disk, before it opens; that takes no longer than the failover.",
    "Clients find a new leader at once, one latency after it leads.",
    "Under `quorum` every queue is durable and every message persistent, and nothing is delivered or settled before a majority has it.",
    "What the broker does by itself (a time to live that ends, a dead letter, a drop) is known to every node at once, and so are delivery counts and the delays of returned messages.",
    "Logs outlive the deaths of their nodes: records and committed offsets are known to every node at once, or under `quorum` a record when a majority has it.",
    "A publish that waits for room (`overflow: block`, `memory_limit`) has reached the broker: it is stored even if its producer dies meanwhile.",
    "With `ordering: key-to-one-consumer` a key belongs to whoever holds some of it, and else to whose turn it is; Pulsar assigns keys by hash.",
    "With the profile `pulsar` what returns after an ack timeout stays hidden as what was refused does; `jetstream`'s window is of each instance, not of the whole consumer; and `redis-streams` counts pending entries against the prefetch.",
    "Long polling counts as push, with the number of messages of one receive as the prefetch.",
    "A consumer keeps its place in the round robin when it comes back.",
    "A channel that was closed for an ack timeout is opened again when its running handlers are done, as by a client that handles and acks on one thread.",
    "A lost message vanishes alone and its connection stays up: on a real TCP connection `cut` is what happens.",
    "What is sent into a partition vanishes; on a real TCP connection it arrives late if the partition is over before the connection is given up.",
    "A consumer and the broker notice a partition exactly one heartbeat after it began; a producer only by the confirms that it misses.",
    "Where clients pull under leases, nothing is delivered into a partition: no request gets through.",
    "A broker in an outage still has its clocks: leases and times to live end meanwhile.",
    "The silence of a dead machine is noticed exactly one heartbeat (or, without one, one ack timeout) after its death.",
    "Where clients pull under leases (`on_connection_loss: wait`), a dead or frozen client gets nothing more from that instant on.",
    "A connection that is cut while its client is frozen breaks when the client goes on.",
    "A move to a dead-letter queue happens at once, and at most once: a full target loses it.",
    "SQS may deliver a message again at any time, in any order; here it does so only for a reason, and a returned message goes back to its place.",
    "A user who finds its producer dead does not try again at the same instant, but at least 1 ms later.",
    "A message that comes back (`mandatory`) and the confirm behind it are one answer: it counts as returned, not as confirmed.",
    "A channel that a publish to a missing exchange closed is opened again at once, for the handshake of a whole connection.",
    "Exchanges and bindings do not change during a run.",
    "Members of a consumer group joined before the run begins.",
    "A poll that finds nothing waits at the broker until its request times out after 30 s, and is repeated.",
    "A batch of records travels as one message, and shares the luck of its first record; each partition's commit is a message of its own.",
    "Retention removes a record at the instant it is too old, or is too much, not with its segment.",
];
