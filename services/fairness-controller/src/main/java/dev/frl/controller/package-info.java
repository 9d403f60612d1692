/**
 * The fairness controller: admits specs, collects the shards of every epoch, sends class weights and margins for the next epoch,
 * and publishes the status of every run. A Kafka Streams application; all rules are in {@code dev.frl.core.run}.
 * Read by its main class and the standalone mode.
 */
@NullMarked
package dev.frl.controller;

import org.jspecify.annotations.NullMarked;
