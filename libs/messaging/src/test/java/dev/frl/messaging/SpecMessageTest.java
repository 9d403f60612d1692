package dev.frl.messaging;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.messaging.SpecMessage.AvroSpec;
import dev.frl.messaging.SpecMessage.TextSpec;
import dev.frl.messaging.codec.UnreadableMessage;
import dev.frl.schemas.AttacksSpec;
import dev.frl.schemas.DatasetSpec;
import dev.frl.schemas.ExperimentBody;
import dev.frl.schemas.ExperimentSpec;
import dev.frl.schemas.MetadataSpec;
import dev.frl.schemas.SplitSpec;
import dev.frl.schemas.SweepSpec;
import dev.frl.schemas.TrustedClasses;
import dev.frl.schemas.ValidationAttackSpec;
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
                    .setDataset(new DatasetSpec("fashion-mnist", new SplitSpec(1000L, 200L, null, 1L, null), null))
                    .setAttack(new AttacksSpec(
                            null, new ValidationAttackSpec(null, "linf", "8/255", 0.01, 20L, null, null, 5L, 4L), null))
                    .setSweep(new SweepSpec(
                            Map.of("training.seed", List.of(1L, 2L), "fairness.policy", List.of("none", 0.5, true))))
                    .build())
            .build();

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
