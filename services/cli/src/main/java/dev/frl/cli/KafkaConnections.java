package dev.frl.cli;

/** Connections of a process to real brokers. */
final class KafkaConnections implements Connections {}
