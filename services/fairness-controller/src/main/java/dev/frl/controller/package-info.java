/**
 * The fairness controller: admits specs, keeps the ledger of every epoch, answers with class weights and margins, and says
 * what every run waits for. A Kafka Streams application; all rules are in {@code dev.frl.core.run}.
 */
@NullMarked
package dev.frl.controller;

import org.jspecify.annotations.NullMarked;
