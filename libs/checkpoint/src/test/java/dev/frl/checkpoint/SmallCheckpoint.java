package dev.frl.checkpoint;

import dev.frl.engine.net.NamedTensors;
import dev.frl.engine.net.NamedTensors.Floats;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Checkpoints of a net with one weight. */
final class SmallCheckpoint {
    private SmallCheckpoint() {}

    static Checkpoint checkpoint(float weight) {
        return new Checkpoint(provenance(), tensors("0.weight", weight), tensors("momentum", 0), Optional.empty());
    }

    static Checkpoint checkpoint(float weight, float averaged) {
        return new Checkpoint(
                provenance(),
                tensors("0.weight", weight),
                NamedTensors.empty(),
                Optional.of(tensors("0.weight", averaged)));
    }

    /** The same an hour later, as a trainer that was restarted would write it. */
    static Checkpoint later(Checkpoint c) {
        var p = c.provenance();
        var later = new Provenance(
                p.architecture(),
                p.inputShape(),
                p.classes(),
                p.specSha256(),
                p.engine(),
                p.created().plus(Duration.ofHours(1)));
        return new Checkpoint(later, c.model(), c.optimizer(), c.averaged());
    }

    private static Provenance provenance() {
        return new Provenance(
                "cnn-small",
                List.of(1, 28, 28),
                10,
                "ab".repeat(32),
                "dl4j",
                Instant.parse("2026-11-22T12:00:00.123456Z"));
    }

    private static NamedTensors tensors(String name, float value) {
        return NamedTensors.of(Map.of(name, new Floats(List.of(1, 1), new float[] {value})));
    }
}
