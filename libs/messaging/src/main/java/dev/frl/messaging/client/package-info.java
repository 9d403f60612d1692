/** Kafka's clients with the pipeline's settings: settings from the environment, topics, the run log, dead-letter records. */
@NullMarked
package dev.frl.messaging.client;

import org.jspecify.annotations.NullMarked;
