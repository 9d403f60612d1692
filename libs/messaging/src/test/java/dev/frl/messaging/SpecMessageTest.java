package dev.frl.messaging;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.messaging.SpecMessage.AvroSpec;
import dev.frl.messaging.SpecMessage.TextSpec;
import dev.frl.messaging.codec.UnreadableMessage;
import dev.frl.schemas.AttacksSpec;
import dev.frl.schemas.AveragingSpec;
import dev.frl.schemas.DatasetSpec;
import dev.frl.schemas.ExperimentBody;
import dev.frl.schemas.ExperimentSpec;
import dev.frl.schemas.FairnessSpec;
import dev.frl.schemas.MetadataSpec;
import dev.frl.schemas.SplitSpec;
import dev.frl.schemas.SweepSpec;
import dev.frl.schemas.TrustedClasses;
import dev.frl.schemas.ValidationAttackSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SpecMessageTest {
    static {
        TrustedClasses.trust();
    }

    static final ExperimentSpec SPEC = ExperimentSpec.newBuilder()
            .setApiVersion("frl.dev/v1alpha1")
            .setKind("Experiment")
            .setMetadata(new MetadataSpec("two-seeds", Map.of("team", "vision"), null))
            .setSpec(ExperimentBody.newBuilder()
                    .setDataset(DatasetSpec.newBuilder()
                            .setName("fashion-mnist")
                            .setSplit(SplitSpec.newBuilder()
                                    .setTrain(1000L)
                                    .setValidation(200L)
                                    .setSeed(1L)
                                    .build())
                            .build())
                    .setAttack(AttacksSpec.newBuilder()
                            .setValidation(ValidationAttackSpec.newBuilder()
                                    .setNorm("linf")
                                    .setEpsilon("8/255")
                                    .setStepSize(0.01)
                                    .setSteps(20L)
                                    .setRestarts(5L)
                                    .setShards(4L)
                                    .build())
                            .build())
                    .setSweep(SweepSpec.newBuilder()
                            .setGrid(Map.of(
                                    "training.seed", List.of(1L, 2L), "fairness.policy", List.of("none", 0.5, true)))
                            .build())
                    .build())
            .build();

    @Test
    void one_tolerance_for_both_and_a_grid_over_groups_or_none_can_be_said() {
        // Given
        var spec = ExperimentSpec.newBuilder(SPEC)
                .setSpec(ExperimentBody.newBuilder()
                        .setFairness(
                                FairnessSpec.newBuilder().setTolerance(0.03).build())
                        .setSweep(SweepSpec.newBuilder()
                                .setGrid(Map.of(
                                        "training.averaging",
                                        Arrays.asList(
                                                null,
                                                AveragingSpec.newBuilder()
                                                        .setDecay(0.9)
                                                        .build())))
                                .build())
                        .build())
                .build();

        // When
        var tree = ((AvroSpec) SpecMessage.read(SpecMessage.write(spec))).tree();

        // Then
        assertThat(tree.get("spec"))
                .isEqualTo(Map.of(
                        "fairness",
                        Map.of("tolerance", 0.03),
                        "sweep",
                        Map.of("grid", Map.of("training.averaging", Arrays.asList(null, Map.of("decay", 0.9))))));
    }

    @Test
    void a_record_becomes_the_tree_of_its_document_without_what_is_absent() {
        // Given
        var bytes = SpecMessage.write(SPEC);

        // When
        var message = SpecMessage.read(bytes);

        // Then
        assertThat(message)
                .isEqualTo(new AvroSpec(Map.of(
                        "apiVersion",
                        "frl.dev/v1alpha1",
                        "kind",
                        "Experiment",
                        "metadata",
                        Map.of("name", "two-seeds", "labels", Map.of("team", "vision")),
                        "spec",
                        Map.of(
                                "dataset",
                                Map.of(
                                        "name",
                                        "fashion-mnist",
                                        "split",
                                        Map.of("train", 1000L, "validation", 200L, "seed", 1L)),
                                "attack",
                                Map.of(
                                        "validation",
                                        Map.of(
                                                "norm",
                                                "linf",
                                                "epsilon",
                                                "8/255",
                                                "stepSize",
                                                0.01,
                                                "steps",
                                                20L,
                                                "restarts",
                                                5L,
                                                "shards",
                                                4L)),
                                "sweep",
                                Map.of(
                                        "grid",
                                        Map.of(
                                                "training.seed",
                                                List.of(1L, 2L),
                                                "fairness.policy",
                                                List.of("none", 0.5, true)))))));
    }

    @Test
    void anything_else_in_utf8_is_text() {
        // Given
        var yaml = "kind: Experiment # für Café";

        // When
        var message = SpecMessage.read(yaml.getBytes(UTF_8));

        // Then
        assertThat(message).isEqualTo(new TextSpec(yaml));
    }

    @Test
    void what_is_neither_is_refused() {
        // Given
        var latin = new byte[] {'a', (byte) 0xE9, 'b'};

        // When
        assertThatThrownBy(() -> SpecMessage.read(latin))

                // Then
                .isInstanceOf(UnreadableMessage.class)
                .hasMessage("the spec is neither Avro in single-object encoding nor text in UTF-8");
    }

    @Test
    void the_envelope_of_a_schema_registry_is_recognised() {
        // Given
        var registry = new byte[] {0, 0, 0, 0, 7, 2, 'x'};

        // When
        assertThatThrownBy(() -> SpecMessage.read(registry))

                // Then
                .isInstanceOf(UnreadableMessage.class)
                .hasMessageContaining("publish Avro in single-object encoding, or JSON or YAML");
    }

    @Test
    void a_spec_over_256_kib_is_refused() {
        // Given
        var long256 = new byte[Topics.MAX_SPEC_BYTES + 1];

        // When
        assertThatThrownBy(() -> SpecMessage.read(long256))

                // Then
                .isInstanceOf(UnreadableMessage.class)
                .hasMessageContaining("262145 bytes");
    }
}
