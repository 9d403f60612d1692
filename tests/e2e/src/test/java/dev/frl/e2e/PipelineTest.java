package dev.frl.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.frl.cli.Embedded;
import dev.frl.cli.EmbeddedSettings;
import dev.frl.core.run.Phase;
import dev.frl.core.run.RunStatus;
import dev.frl.messaging.Clients;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PipelineTest {
    private static final String SPEC = """
            apiVersion: frl.dev/v1alpha1
            kind: Experiment
            metadata: {name: small}
            spec:
              dataset: {name: fashion-mnist, split: {train: 1000, validation: 400, test: 400}}
              model: {arch: cnn-small}
              training: {epochs: 2, averaging: {decay: 0.7}}
              hotStart: {epochs: 2}
              attack:
                training: {epsilon: 0.1}
              sweep: {grid: {fairness.policy: [none, frl-reweight-remargin]}}
            """;

    @TempDir
    Path home;

    @Test
    void a_spec_on_the_topic_becomes_finished_runs() throws Exception {
        // Given
        try (var embedded = Embedded.start(new EmbeddedSettings(home, null, 0, 2, null, null));
                var producer = Clients.producer(embedded.kafka(), "test");
                var consumer = Clients.consumer(embedded.kafka(), "test", null)) {
            var status = new TopicPartition(embedded.topics().runStatus.name(), 0);
            consumer.assign(java.util.List.of(status));
            var latest = new HashMap<String, RunStatus>();

            // When
            producer.send(embedded.topics().experimentSpecs.record("small", SPEC.getBytes(StandardCharsets.UTF_8)))
                    .get();

            // Then
            await().atMost(Duration.ofMinutes(3)).untilAsserted(() -> {
                consumer.poll(Duration.ofMillis(200)).forEach(r -> {
                    var s = embedded.topics().runStatus.codec().decode(r.value());
                    System.err.println(java.time.Instant.now() + " " + s);
                    latest.put(r.key(), s);
                });
                assertThat(latest).hasSize(3);
                assertThat(latest.values()).extracting(RunStatus::phase).containsOnly(Phase.FINISHED);
            });
        }
    }
}
