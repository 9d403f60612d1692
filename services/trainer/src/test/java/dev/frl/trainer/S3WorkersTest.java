package dev.frl.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.attacker.ShardAttack;
import dev.frl.core.checkpoint.CheckpointRef;
import dev.frl.core.errors.Tally;
import dev.frl.core.fairness.ClassTreatment;
import dev.frl.core.run.RunPlan;
import dev.frl.core.settings.Part;
import dev.frl.messaging.client.UnpreparedClusterException;
import dev.frl.s3.S3Server;
import dev.frl.service.Telemetry;
import dev.frl.spec.Admission;
import dev.frl.spec.SpecReader;
import dev.frl.spec.StandardCatalogue;
import dev.frl.worker.ImageCount;
import dev.frl.worker.WorkerContext;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trainers and attackers without a common folder: their checkpoints are in S3. */
final class S3WorkersTest {
    private static S3Server server;

    @TempDir
    Path directory;

    @BeforeAll
    static void start() throws Exception {
        server = S3Server.start().withBucket("frl");
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    @Test
    void training_and_attacks_through_a_store_are_those_through_a_folder_to_the_bit() throws IOException {
        // Given
        var plan = plan("training: {method: fgsm-at, epochs: 2, batchSize: 100}");
        var folder = worker("one", Map.of());
        var inFolder = trained(folder, plan, 2, Integer.MAX_VALUE);
        var counted = attacked(folder, plan, inFolder);
        var trainer = worker("trainer", inStore("all"));
        var attacker = worker("attacker", inStore("all"));

        // When
        var weights = trained(trainer, plan, 2, Integer.MAX_VALUE);
        var tally = attacked(attacker, plan, weights);

        // Then
        assertThat(weights.location()).startsWith("s3://frl/all/" + plan.runId() + "/epoch-0002/model-");
        assertThat(weights.sha256()).isEqualTo(inFolder.sha256());
        assertThat(tally).isEqualTo(counted);
        assertThat(directory.resolve("trainer/checkpoints")).doesNotExist();
        assertThat(directory.resolve("attacker/checkpoints")).doesNotExist();
    }

    @Test
    void another_trainer_resumes_from_the_epoch_that_the_controller_knows() throws IOException {
        // Given
        var plan = plan("training: {method: fgsm-at, epochs: 2, batchSize: 100}");
        var before = trained(worker("killed", inStore("resumed")), plan, 2, Integer.MAX_VALUE);

        // When
        var again = trained(worker("next", inStore("resumed")), plan, 1, 1);

        // Then
        assertThat(again).isEqualTo(before);
    }

    @Test
    void a_run_starts_from_weights_in_a_configured_store_and_from_no_other() throws IOException {
        // Given
        var robust =
                trained(worker("first", inStore("robust")), plan("training: {method: fgsm-at, epochs: 1}"), 1, 1_000);
        var plan = plan(String.format(Locale.ROOT, """
                training: {method: fgsm-at, epochs: 1}
                  warmStart: {checkpoint: "%s"}""", robust.location()));
        var settings = inStore("second");
        settings.put("FRL_CHECKPOINT_ROOTS", "s3://frl/robust");
        var allowed = worker("second", settings);
        var other = worker("third", inStore("third"));

        // When
        var start = trained(allowed, plan, 0, Integer.MAX_VALUE);

        // Then
        assertThat(start.sha256()).isEqualTo(robust.sha256());
        assertThatThrownBy(() -> trained(other, plan, 0, Integer.MAX_VALUE))
                .hasMessageContaining("lies outside of the stores for checkpoints, [s3://frl/third]");
    }

    @Test
    void a_worker_whose_bucket_does_not_exist_ends_with_what_to_do() {
        // Given
        var settings = inStore("x");
        settings.put("FRL_CHECKPOINTS", "s3://absent/x");

        // When, Then
        assertThatThrownBy(() -> worker("lost", settings))
                .isInstanceOf(UnpreparedClusterException.class)
                .hasMessageContaining("the bucket absent does not exist at " + server.endpoint() + ": create it");
    }

    private static Map<String, String> inStore(String prefix) {
        var settings = new TreeMap<>(server.environment());
        settings.put("FRL_CHECKPOINTS", "s3://frl/" + prefix);
        return settings;
    }

    private WorkerContext worker(String home, Map<String, String> settings) throws IOException {
        var environment = new TreeMap<>(settings);
        environment.put(
                "FRL_HOME", Files.createDirectories(directory.resolve(home)).toString());
        environment.put("FRL_ENGINE", "reference");
        environment.put("FRL_THREADS", "1");
        return WorkerContext.fromEnvironment(environment, Telemetry.none());
    }

    private static CheckpointRef trained(WorkerContext worker, RunPlan plan, int epochs, int atMost) {
        var dataset = worker.dataset(plan.settings().dataset());
        try (var training = Training.open(
                plan, null, atMost, dataset, worker.engine(), worker.checkpoints(), 1, Clock.systemUTC())) {
            for (int epoch = 0; epoch < epochs; epoch++) {
                training.train(ClassTreatment.even(2), () -> false, ImageCount.NONE);
            }
            return training.last().weights();
        }
    }

    private static Tally attacked(WorkerContext worker, RunPlan plan, CheckpointRef weights) {
        var dataset = worker.dataset(plan.settings().dataset());
        try (var attack = new ShardAttack(worker.engine(), worker.checkpoints(), 1)) {
            return attack.attack(
                    plan.settings(), dataset, weights, Part.VALIDATION, 2, 0, 2, () -> false, ImageCount.NONE);
        }
    }

    private static RunPlan plan(String more) {
        var spec = String.format(Locale.ROOT, """
                apiVersion: frl.dev/v1alpha1
                kind: Experiment
                metadata: {name: in-s3}
                spec:
                  dataset:
                    name: gaussian-mixture
                    mixture: {d: 4, eta: 0.04, sigma: 0.02, k: 4}
                    split: {train: 1000, validation: 400, test: 400}
                  model: {arch: linear}
                  attack: {training: {epsilon: 0.01}, validation: {method: fgsm, shards: 2}}
                  %s
                """, more);
        var admission = new SpecReader(new StandardCatalogue()).read(spec.getBytes(StandardCharsets.UTF_8));
        if (admission instanceof Admission.Admitted admitted) {
            return admitted.plan().runs().get(admitted.plan().runs().size() - 1);
        }
        throw new AssertionError(admission);
    }
}
