package dev.frl.controller;

import dev.frl.core.errors.Tally;
import dev.frl.core.run.CheckpointRef;
import dev.frl.core.run.DataManifest;
import dev.frl.core.run.Outbox.ShardTask;
import dev.frl.core.run.RunInput.EpochTrained;
import dev.frl.core.run.RunInput.ShardAttacked;
import dev.frl.core.settings.Part;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;

/** A small experiment, and the messages of a trainer and an attacker that never fail. */
final class Answered {
    static final String SPEC = """
            apiVersion: frl.dev/v1alpha1
            kind: Experiment
            metadata: {name: small}
            spec:
              dataset: {name: fashion-mnist, split: {train: 100, validation: 40, test: 20}}
              model: {arch: cnn-small}
              training: {epochs: 1, batchSize: 10}
              warmStart: {epochs: 1}
              attack:
                training: {epsilon: 0.1}
                validation: {shards: 2}
              fairness: {policy: frl-reweight}
            """;

    private static final List<String> NAMES = List.of("a", "b", "c", "d", "e", "f", "g", "h", "i", "j");

    private Answered() {}

    static EpochTrained trained(String run, int epoch) {
        return new EpochTrained(
                run,
                epoch,
                1,
                new CheckpointRef("file:/" + run + epoch, "%064x".formatted(run.hashCode() + epoch)),
                null,
                new DataManifest(NAMES, Collections.nCopies(10, 4L), Collections.nCopies(10, 2L)),
                0.5,
                Duration.ofSeconds(1),
                "host",
                "engine",
                Instant.EPOCH);
    }

    static ShardAttacked attacked(ShardTask shard) {
        long perClass = (shard.part() == Part.VALIDATION ? 4 : 2) / 2;
        var confusion = new long[100];
        for (int i = 0; i < 10; i++) {
            confusion[i * 11] = perClass;
        }
        return new ShardAttacked(
                shard.runId(),
                shard.part(),
                shard.epoch(),
                shard.shard(),
                shard.attempt(),
                shard.weights().sha256(),
                Tally.of(10, confusion, confusion),
                Duration.ofSeconds(1),
                "host",
                "engine",
                Instant.EPOCH);
    }
}
