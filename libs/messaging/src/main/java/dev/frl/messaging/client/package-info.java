/**
 * Kafka's clients with the pipeline's settings: settings from the environment, topics, the run log, dead-letter records.
 * Read by the services and the CLI.
 */
@NullMarked
package dev.frl.messaging.client;

import org.jspecify.annotations.NullMarked;
