package dev.frl.bench;

import dev.frl.attacker.ShardAttack;
import dev.frl.checkpoint.CheckpointStore;
import dev.frl.core.errors.Tally;
import dev.frl.core.fairness.EpochEvaluation;
import dev.frl.core.fairness.FairnessPolicy;
import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunPlan;
import dev.frl.core.settings.Part;
import dev.frl.data.file.Progress;
import dev.frl.data.store.DataStore;
import dev.frl.data.store.Datasets;
import dev.frl.engine.Engine;
import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.RunLogReader;
import dev.frl.spec.Admission;
import dev.frl.spec.SpecReader;
import dev.frl.spec.StandardCatalogue;
import dev.frl.standalone.Embedded;
import dev.frl.standalone.EmbeddedSettings;
import dev.frl.trainer.Training;
import dev.frl.worker.ImageCount;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Cost of orchestration: the same epochs as a plain loop against the engine, or through broker, controller, trainer and
 * attacker. A round is an epoch of training, its checkpoint, and its validation. Prints the seconds of each round, from the end
 * of one validation to the end of the next, and of its training, as one line of JSON. Each side runs in its own process, so
 * that neither profits from code that the JIT compiled for the other.
 *
 * <pre>
 *   Orchestration plain|pipeline DATA ARCHITECTURE ROUNDS TRAIN_IMAGES VALIDATION_IMAGES
 * </pre>
 */
public final class Orchestration {
    private static final String SPEC = """
            apiVersion: frl.dev/v1alpha1
            kind: Experiment
            metadata: {name: orchestration}
            spec:
              dataset: {name: fashion-mnist, split: {train: %s, validation: %s, test: 100}}
              model: {arch: %s}
              training: {epochs: %s, averaging: {decay: 0.7}}
              attack: {training: {epsilon: 0.1}}
              fairness: {policy: frl-reweight-remargin}
            """;

    private Orchestration() {}

    public static void main(String[] args) throws Exception {
        var data = Path.of(args[1]);
        var spec = String.format(Locale.ROOT, SPEC, args[4], args[5], args[2], args[3]);
        var times = args[0].equals("plain") ? plain(plan(spec), data) : pipeline(spec, data);
        System.out.printf(Locale.ROOT, "{\"rounds_s\": %s, \"training_s\": %s}%n", times.rounds(), times.trainings());
        System.exit(0);
    }

    /** Measured times of one side. */
    private static final class Times {
        private final List<Instant> evaluated = new ArrayList<>();
        private final List<Duration> training = new ArrayList<>();

        List<Double> rounds() {
            return seconds(IntStream.range(1, evaluated.size())
                    .mapToObj(i -> Duration.between(evaluated.get(i - 1), evaluated.get(i))));
        }

        List<Double> trainings() {
            return seconds(training.stream());
        }

        private static List<Double> seconds(Stream<Duration> durations) {
            return durations.map(d -> d.toMillis() / 1e3).toList();
        }
    }

    private static RunPlan plan(String spec) {
        var admission = new SpecReader(new StandardCatalogue()).read(spec.getBytes(StandardCharsets.UTF_8));
        if (admission instanceof Admission.Admitted admitted) {
            return admitted.plan().runs().get(0);
        }
        throw new IllegalStateException(admission.toString());
    }

    private static Times plain(RunPlan plan, Path data) throws IOException {
        var home = Files.createTempDirectory("frl-plain");
        var store = new CheckpointStore(home, List.of(home));
        var dataset = new DataStore(data, home, Progress.NONE).load(Datasets.named("fashion-mnist"));
        var engine = Engine.present().get(0);
        int threads = Runtime.getRuntime().availableProcessors();
        var policy = FairnessPolicy.of(plan.settings().fairness());
        var state = policy.initial(10);
        var times = new Times();
        int epochs = plan.settings().training().epochs();
        try (var training = Training.open(plan, null, dataset, engine, store, threads, Clock.systemUTC());
                var attack = new ShardAttack(engine, store, threads)) {
            for (int epoch = 0; epoch <= epochs; epoch++) {
                int shards = plan.settings().attack().validation().shards();
                int now = epoch;
                var weights = training.last().weights();
                var sum = IntStream.range(0, shards)
                        .mapToObj(shard -> attack.attack(
                                plan.settings(),
                                dataset,
                                weights,
                                Part.VALIDATION,
                                now,
                                shard,
                                shards,
                                () -> false,
                                ImageCount.NONE))
                        .reduce(Tally::plus)
                        .orElseThrow();
                var update = policy.next(state, new EpochEvaluation(sum), epoch);
                state = update.state();
                times.evaluated.add(Instant.now());
                if (epoch < epochs) {
                    times.training.add(training.train(update.treatment(), () -> false, ImageCount.NONE)
                            .orElseThrow()
                            .duration());
                }
            }
        }
        delete(home);
        return times;
    }

    /** The same epochs through the pipeline, with times from the run log. */
    private static Times pipeline(String spec, Path data) throws Exception {
        var home = Files.createTempDirectory("frl-pipeline");
        var times = new Times();
        int threads = Runtime.getRuntime().availableProcessors();
        try (var embedded = Embedded.start(new EmbeddedSettings(home, data, 0, threads, null, null));
                var producer = Clients.producer(embedded.kafka(), "bench")) {
            producer.send(embedded.topics()
                            .experimentSpecs
                            .record("orchestration", spec.getBytes(StandardCharsets.UTF_8)))
                    .get();
            int epochs = plan(spec).settings().training().epochs();
            RunLogReader.follow(
                    embedded.kafka(),
                    embedded.topics(),
                    Duration.ofMinutes(10),
                    () -> times.evaluated.size() > epochs,
                    event -> {
                        if (event instanceof RunEvent.EpochEvaluated epoch) {
                            times.evaluated.add(epoch.at());
                        } else if (event instanceof RunEvent.Trained trained
                                && trained.epoch().epoch() > 0) {
                            times.training.add(trained.epoch().duration());
                        } else if (event instanceof RunEvent.Failed failed) {
                            throw new IllegalStateException(failed.reason());
                        }
                    });
        }
        delete(home);
        return times;
    }

    private static void delete(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            files.sorted(java.util.Comparator.reverseOrder())
                    .forEach(f -> f.toFile().delete());
        }
    }
}
