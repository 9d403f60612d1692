package dev.frl.cli;

/** How commands reach Kafka. */
interface Connections {}
