/** Kafka's clients as our services set them up: settings from the environment, topics, dead-letter records, a service as a process. Read by services and the CLI. */
@NullMarked
package dev.frl.messaging.client;

import org.jspecify.annotations.NullMarked;
