package dev.frl.messaging.share;

/** How a record whose work failed is acknowledged; Kafka's terms. */
public enum Acknowledgement {
    /** The record is done: the failure was reported. */
    ACCEPT,
    /** No attempt can succeed: the record goes to the dead-letter topic. */
    REJECT,
    /** The record is redelivered, after a pause that grows with its deliveries. */
    RELEASE
}
