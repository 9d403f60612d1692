package dev.frl.messaging;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.messaging.codec.Codec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
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
            Map.entry("ExperimentEventRecord-Ended", TOPICS.experimentLog.codec()),
            Map.entry("ExperimentEventRecord-Extended", TOPICS.experimentLog.codec()),
            Map.entry("ExperimentEventRecord-ExtensionBegun", TOPICS.experimentLog.codec()),
            Map.entry("ExperimentEventRecord-ExtensionRunSeen", TOPICS.experimentLog.codec()),
            Map.entry("ExperimentEventRecord-Paused", TOPICS.experimentLog.codec()),
            Map.entry("ExperimentEventRecord-PointJudged", TOPICS.experimentLog.codec()),
            Map.entry("ExperimentEventRecord-PointRevived", TOPICS.experimentLog.codec()),
            Map.entry("ExperimentEventRecord-Reopened", TOPICS.experimentLog.codec()),
            Map.entry("ExperimentEventRecord-Reported", TOPICS.experimentLog.codec()),
            Map.entry("ExperimentEventRecord-Resumed", TOPICS.experimentLog.codec()),
            Map.entry("ExperimentEventRecord-RetryQueued", TOPICS.experimentLog.codec()),
            Map.entry("ExperimentEventRecord-RunAdded", TOPICS.experimentLog.codec()),
            Map.entry("ExperimentEventRecord-RunAllowed", TOPICS.experimentLog.codec()),
            Map.entry("ExperimentEventRecord-RunHandedOut", TOPICS.experimentLog.codec()),
            Map.entry("ExperimentEventRecord-RunOrdered", TOPICS.experimentLog.codec()),
            Map.entry("ExperimentEventRecord-RungReached", TOPICS.experimentLog.codec()),
            Map.entry("ExperimentEventRecord-RunsWithheld", TOPICS.experimentLog.codec()),
            Map.entry("ExperimentEventRecord-Started", TOPICS.experimentLog.codec()),
            Map.entry("ExperimentEventRecord-Stopping", TOPICS.experimentLog.codec()),
            Map.entry("ExperimentEventRecord-Submitted", TOPICS.experimentLog.codec()),
            Map.entry("ExperimentEventRecord-WarmStartAdded", TOPICS.experimentLog.codec()),
            Map.entry("ExperimentEventRecord-WarmStartPlanned", TOPICS.experimentLog.codec()),
            Map.entry("ExperimentSignal-AddRun", TOPICS.experimentSignals.codec()),
            Map.entry("ExperimentSignal-CommandRecord", TOPICS.experimentSignals.codec()),
            Map.entry("ExperimentSignal-RunReport", TOPICS.experimentSignals.codec()),
            Map.entry("ExperimentSignal-Submit", TOPICS.experimentSignals.codec()),
            Map.entry("ExperimentStatusChanged", TOPICS.experimentStatus.codec()),
            Map.entry("FairnessUpdated", TOPICS.fairnessUpdates.codec()),
            Map.entry("HostOrdered", TOPICS.workerCommands.codec()),
            Map.entry("RunAssigned", TOPICS.runAssignments.codec()),
            Map.entry("RunEventRecord-Allowed", TOPICS.runLog.codec()),
            Map.entry("RunEventRecord-Awaited", TOPICS.runLog.codec()),
            Map.entry("RunEventRecord-Dropped", TOPICS.runLog.codec()),
            Map.entry("RunEventRecord-EpochEvaluated", TOPICS.runLog.codec()),
            Map.entry("RunEventRecord-Failed", TOPICS.runLog.codec()),
            Map.entry("RunEventRecord-Finished", TOPICS.runLog.codec()),
            Map.entry("RunEventRecord-Ordered", TOPICS.runLog.codec()),
            Map.entry("RunEventRecord-Parked", TOPICS.runLog.codec()),
            Map.entry("RunEventRecord-Planned", TOPICS.runLog.codec()),
            Map.entry("RunEventRecord-Reopened", TOPICS.runLog.codec()),
            Map.entry("RunEventRecord-RetryPlanned", TOPICS.runLog.codec()),
            Map.entry("RunEventRecord-ShardCounted", TOPICS.runLog.codec()),
            Map.entry("RunEventRecord-ShardDuplicated", TOPICS.runLog.codec()),
            Map.entry("RunEventRecord-ShardsRequested", TOPICS.runLog.codec()),
            Map.entry("RunEventRecord-Stopped", TOPICS.runLog.codec()),
            Map.entry("RunEventRecord-TestEvaluated", TOPICS.runLog.codec()),
            Map.entry("RunEventRecord-Trained", TOPICS.runLog.codec()),
            Map.entry("RunEventRecord-TrainingRequested", TOPICS.runLog.codec()),
            Map.entry("RunEventRecord-TrainingResumed", TOPICS.runLog.codec()),
            Map.entry("RunEventRecord-TurnWanted", TOPICS.runLog.codec()),
            Map.entry("RunEventRecord-Unawaited", TOPICS.runLog.codec()),
            Map.entry("RunEventRecord-WarmStarted", TOPICS.runLog.codec()),
            Map.entry("RunSignal-Allowed", TOPICS.runSignals.codec()),
            Map.entry("RunSignal-Awaited", TOPICS.runSignals.codec()),
            Map.entry("RunSignal-GiveUp", TOPICS.runSignals.codec()),
            Map.entry("RunSignal-Order", TOPICS.runSignals.codec()),
            Map.entry("RunSignal-Plan", TOPICS.runSignals.codec()),
            Map.entry("RunSignal-Turn", TOPICS.runSignals.codec()),
            Map.entry("RunSignal-Unawaited", TOPICS.runSignals.codec()),
            Map.entry("RunSignal-WarmStartFailed", TOPICS.runSignals.codec()),
            Map.entry("RunSignal-WarmStarted", TOPICS.runSignals.codec()),
            Map.entry("RunStatusChanged", TOPICS.runStatus.codec()),
            Map.entry("ShardAttacked", TOPICS.shardAttacked.codec()),
            Map.entry("TurnFactRecord-Count", TOPICS.turnFacts),
            Map.entry("TurnFactRecord-Held", TOPICS.turnFacts),
            Map.entry("TurnFactRecord-Place", TOPICS.turnFacts),
            Map.entry("TurnFactRecord-Trainer", TOPICS.turnFacts),
            Map.entry("TurnFactRecord-Waiting", TOPICS.turnFacts),
            Map.entry("TurnSignal-Released", TOPICS.turnSignals.codec()),
            Map.entry("TurnSignal-TrainerGone", TOPICS.turnSignals.codec()),
            Map.entry("TurnSignal-TrainerSeen", TOPICS.turnSignals.codec()),
            Map.entry("TurnSignal-Wanted", TOPICS.turnSignals.codec()),
            Map.entry("WorkFailed", TOPICS.workFailures.codec()),
            Map.entry("WorkProgressed", TOPICS.workProgress.codec()),
            Map.entry("WorkWithdrawn", TOPICS.withdrawals.codec()),
            Map.entry("WorkerAnnounced", TOPICS.workers.codec()));

    static Stream<String> messages() {
        return CODECS.keySet().stream().sorted();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("messages")
    void a_message_of_the_newest_release_is_read_and_written_as_it_was(String name) throws IOException {
        // Given
        var versions = versions();
        byte[] released = released(versions[versions.length - 1], name);

        // When
        byte[] again = readAndWrite(requireNonNull(CODECS.get(name)), released);

        // Then
        assertThat(again).isEqualTo(released);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("messages")
    void a_message_of_every_release_says_the_same_as_that_of_the_newest(String name) throws IOException {
        // Given
        var versions = versions();
        var codec = requireNonNull(CODECS.get(name));
        var newest = codec.decode(released(versions[versions.length - 1], name));

        for (String version : versions) {
            // When
            var read = codec.decode(released(version, name));

            // Then
            assertThat(read).as("%s of %s", name, version).isEqualTo(newest);
        }
    }

    private static String[] versions() throws IOException {
        return new String(resource("/released/versions"), StandardCharsets.UTF_8)
                .strip()
                .split("\\s+");
    }

    private static byte[] released(String version, String name) throws IOException {
        return resource(String.format(Locale.ROOT, "/released/%s/%s.bin", version, name));
    }

    private static byte[] resource(String path) throws IOException {
        try (var in = dev.frl.schemas.RunPlan.class.getResourceAsStream(path)) {
            assertThat(in).as(path).isNotNull();
            return in.readAllBytes();
        }
    }

    private static <V> byte[] readAndWrite(Codec<V> codec, byte[] bytes) {
        return codec.encode(codec.decode(bytes));
    }
}
