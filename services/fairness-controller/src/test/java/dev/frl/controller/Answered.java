package dev.frl.controller;

import dev.frl.core.checkpoint.CheckpointRef;
import dev.frl.core.errors.Tally;
import dev.frl.core.run.DataManifest;
import dev.frl.core.run.Outbox.ShardTask;
import dev.frl.core.run.RunInput;
import dev.frl.core.run.RunInput.EpochTrained;
import dev.frl.core.run.RunInput.ShardAttacked;
import dev.frl.core.settings.Part;
import dev.frl.messaging.message.WorkerStatus;
import dev.frl.spec.Admission;
import dev.frl.spec.SpecReader;
import dev.frl.spec.StandardCatalogue;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

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

    /** What a trainer says of itself that waits for a run. */
    static WorkerStatus trainer(String host) {
        return new WorkerStatus(
                "trainer",
                host,
                "1",
                "engine",
                null,
                WorkerStatus.State.IDLE,
                null,
                null,
                null,
                Instant.EPOCH,
                Instant.EPOCH);
    }

    /** What the runs of {@link #SPEC} are told until all that can be trained are assigned. */
    static List<RunInput.Signal> planned() {
        var admitted = (Admission.Admitted)
                new SpecReader(new StandardCatalogue()).read(SPEC.getBytes(StandardCharsets.UTF_8));
        var signals = new ArrayList<RunInput.Signal>();
        for (var run : admitted.plan().runs()) {
            signals.add(new RunInput.Plan(run, run.settings().training().epochs()));
            if (run.warmStartRun() != null) {
                signals.add(new RunInput.Await(run.warmStartRun(), run.runId()));
            } else {
                signals.add(new RunInput.Turn(run.runId(), 1));
            }
        }
        return signals;
    }

    static EpochTrained trained(String run, int epoch) {
        return new EpochTrained(
                run,
                epoch,
                1,
                new CheckpointRef("file:/" + run + epoch, String.format(Locale.ROOT, "%064x", run.hashCode() + epoch)),
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
