package dev.frl.messaging;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Messages as they were released are read by the codecs of the topics, and not only by Avro. */
class GoldenMessagesTest {
    private static final Topics TOPICS = Samples.topics();
    private static final Map<String, Codec<?>> CODECS = Map.ofEntries(
            Map.entry("AttackShard", TOPICS.attackShards.codec()),
            Map.entry("EpochTrained", TOPICS.epochTrained.codec()),
            Map.entry("FairnessUpdated", TOPICS.fairnessUpdates.codec()),
            Map.entry("RunAssigned", TOPICS.runAssignments.codec()),
            Map.entry("RunEventRecord-EpochEvaluated", TOPICS.runLog.codec()),
            Map.entry("RunEventRecord-Finished", TOPICS.runLog.codec()),
            Map.entry("RunJournal", TOPICS.journal),
            Map.entry("RunSignal-Planned", TOPICS.runSignals.codec()),
            Map.entry("RunStatusChanged", TOPICS.runStatus.codec()),
            Map.entry("ShardAttacked", TOPICS.shardAttacked.codec()),
            Map.entry("SpecRejected", TOPICS.specRejections.codec()),
            Map.entry("WorkFailed", TOPICS.workFailures.codec()));

    static Stream<String> messages() {
        return CODECS.keySet().stream().sorted();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("messages")
    void a_released_message_is_read_and_written_as_it_was(String name) throws IOException {
        // Given
        byte[] released;
        try (var in = dev.frl.schemas.RunPlan.class.getResourceAsStream("/released/v1/" + name + ".bin")) {
            assertThat(in).as(name).isNotNull();
            released = in.readAllBytes();
        }

        // When
        byte[] again = readAndWrite(requireNonNull(CODECS.get(name)), released);

        // Then
        assertThat(again).isEqualTo(released);
    }

    private static <V> byte[] readAndWrite(Codec<V> codec, byte[] bytes) {
        return codec.encode(codec.decode(bytes));
    }
}
