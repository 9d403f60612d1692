package dev.frl.trainer;

import dev.frl.checkpoint.Checkpoint;
import dev.frl.checkpoint.CheckpointException;
import dev.frl.checkpoint.Checkpoints;
import dev.frl.checkpoint.Provenance;
import dev.frl.checkpoint.StoredCheckpoint;
import dev.frl.core.Seeds;
import dev.frl.core.Seeds.Purpose;
import dev.frl.core.checkpoint.CheckpointRef;
import dev.frl.core.fairness.ClassTreatment;
import dev.frl.core.run.DataManifest;
import dev.frl.core.run.RunPlan;
import dev.frl.core.settings.AveragingSettings.Every;
import dev.frl.core.settings.RunSettings;
import dev.frl.core.settings.WarmStart;
import dev.frl.data.Augmentation;
import dev.frl.data.Dataset;
import dev.frl.data.Shuffle;
import dev.frl.data.Split;
import dev.frl.engine.Engine;
import dev.frl.engine.FirstNotFinite;
import dev.frl.engine.NotFiniteException;
import dev.frl.engine.RobustNet;
import dev.frl.engine.RobustNet.TrainStep;
import dev.frl.engine.Samples;
import dev.frl.engine.TrainBatch;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.Architectures;
import dev.frl.engine.net.NamedTensors;
import dev.frl.worker.ImageCount;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Training of one run: a net, its data and its checkpoints. All random numbers are derived from the run's seed, the epoch and the
 * image, so training an epoch from the same checkpoint always gives the same weights.
 *
 * <p>Knows nothing of Kafka. Not thread-safe.
 */
public final class Training implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Training.class);

    private final RunPlan plan;
    private final Split split;
    private final DataManifest manifest;
    private final Architecture architecture;
    private final Engine engine;
    private final int threads;
    private final Checkpoints store;
    private final Clock clock;
    private final RobustNet net;
    private final @Nullable WeightAverage average;
    private final Augmentation augmentation;
    private Epoch last;

    /**
     * An epoch whose checkpoint is complete.
     *
     * @param number 0 is the start of the run: the warm start or the initial weights
     * @param weights as trained
     * @param averaged null unless weights are averaged and an epoch was trained
     * @param loss mean over the epoch's images; null if this process did not train the epoch
     * @param duration duration of the training, without the checkpoint
     */
    public record Epoch(
            int number,
            CheckpointRef weights,
            @Nullable CheckpointRef averaged,
            @Nullable Double loss,
            Duration duration) {}

    private Training(
            RunPlan plan, Dataset dataset, Engine engine, Checkpoints store, int threads, Clock clock, Start start) {
        this.plan = plan;
        this.engine = engine;
        this.threads = threads;
        this.store = store;
        this.clock = clock;
        this.architecture = start.architecture();
        this.split = Split.of(dataset, plan.settings().dataset().split());
        this.manifest = new DataManifest(dataset.classNames(), counts(split.validation()), counts(split.test()));
        this.net = engine.open(architecture, start.model(), threads);
        net.loadOptimizer(start.optimizer());
        var averaging = plan.settings().training().averaging();
        this.average = averaging == null ? null : new WeightAverage(averaging.decay(), start.averaged());
        this.augmentation = new Augmentation(
                plan.settings().training().augmentation(), dataset.channels(), dataset.height(), dataset.width());
        this.last = start.epoch();
    }

    /** Where training starts. */
    private record Start(
            Architecture architecture,
            NamedTensors model,
            NamedTensors optimizer,
            @Nullable NamedTensors averaged,
            Epoch epoch) {}

    /** Resumes a run from its last complete checkpoint, whatever the controller knows. */
    public static Training open(
            RunPlan plan,
            @Nullable CheckpointRef warmStart,
            Dataset dataset,
            Engine engine,
            Checkpoints store,
            int threads,
            Clock clock) {
        return open(plan, warmStart, Integer.MAX_VALUE, dataset, engine, store, threads, clock);
    }

    /**
     * Resumes a run from its last complete checkpoint, or starts it from its warm start, which is then written as epoch 0.
     *
     * @param warmStart final weights of the warm-start run; null if there is none
     * @param atMost highest epoch to resume from; later checkpoints are of a life of the run that the controller has lost, and are
     *     written again with the same content
     * @throws dev.frl.checkpoint.CheckpointException if the warm start cannot be read
     * @throws dev.frl.engine.net.StateMismatchException if it does not fit the architecture
     */
    public static Training open(
            RunPlan plan,
            @Nullable CheckpointRef warmStart,
            int atMost,
            Dataset dataset,
            Engine engine,
            Checkpoints store,
            int threads,
            Clock clock) {
        var settings = plan.settings();
        var architecture = Architectures.named(
                settings.architecture(),
                dataset.channels(),
                dataset.height(),
                dataset.width(),
                dataset.classNames().size());
        var latest = latest(plan, atMost, architecture, store);
        Start start;
        if (latest.isPresent()) {
            start = latest.get();
        } else {
            var model = firstWeights(settings, warmStart, architecture, store);
            architecture.requireFits(model);
            var provenance = provenance(architecture, plan, engine, clock);
            var stored = store.write(
                    plan.runId(), 0, new Checkpoint(provenance, model, NamedTensors.empty(), Optional.empty()));
            start = new Start(architecture, model, NamedTensors.empty(), null, epoch(stored, null, Duration.ZERO));
        }
        return new Training(plan, dataset, engine, store, threads, clock, start);
    }

    /** The last checkpoint that is sound. The epochs after it are trained again, and those that are damaged are written again. */
    private static Optional<Start> latest(RunPlan plan, int atMost, Architecture architecture, Checkpoints store) {
        var found = store.latest(plan.runId(), atMost);
        while (found.isPresent()) {
            var stored = found.get();
            try {
                var checkpoint = store.read(plan.runId(), stored.epoch());
                return Optional.of(new Start(
                        architecture,
                        checkpoint.model(),
                        checkpoint.optimizer(),
                        checkpoint.averaged().orElse(null),
                        epoch(stored, null, Duration.ZERO)));
            } catch (CheckpointException e) {
                if (!e.isDamage()) {
                    throw e;
                }
                log.atWarn()
                        .addKeyValue("run", plan.runId())
                        .addKeyValue("epoch", stored.epoch())
                        .addKeyValue("reason", e.getMessage())
                        .log("checkpoint is damaged; the one before it is used");
                found = stored.epoch() == 0 ? Optional.empty() : store.latest(plan.runId(), stored.epoch() - 1);
            }
        }
        return Optional.empty();
    }

    private static NamedTensors firstWeights(
            RunSettings settings, @Nullable CheckpointRef warmStart, Architecture architecture, Checkpoints store) {
        if (warmStart != null) {
            return store.loadModel(Checkpoints.location(warmStart.location()), warmStart.sha256());
        }
        if (settings.warmStart() instanceof WarmStart.FromCheckpoint file) {
            return store.readWeights(Checkpoints.location(file.location())).tensors();
        }
        return architecture.initialState(Seeds.derive(settings.training().seed(), Purpose.INITIAL_WEIGHTS));
    }

    /** The last complete epoch. */
    public Epoch last() {
        return last;
    }

    public DataManifest manifest() {
        return manifest;
    }

    /**
     * Trains the epoch after {@link #last} and writes its checkpoint.
     *
     * @param treatment class treatment of the epoch
     * @param cancelled checked between batches; when it is true, the epoch is abandoned
     * @param progress hears after each batch how many of the epoch's images are done
     * @return the epoch; empty if it was abandoned
     * @throws NotFiniteException if training diverged; names the epoch, the step, the layer and the last good checkpoint.
     *     This object must then be discarded
     */
    public Optional<Epoch> train(ClassTreatment treatment, BooleanSupplier cancelled, ImageCount progress) {
        int epoch = last.number() + 1;
        long begin = System.nanoTime();
        double loss = 0;
        var order = order(epoch);
        int batchSize = plan.settings().training().batchSize();
        var step = step(epoch, treatment);
        for (int from = 0; from < order.length; from += batchSize) {
            if (cancelled.getAsBoolean()) {
                return Optional.empty();
            }
            var indices = Arrays.copyOfRange(order, from, Math.min(order.length, from + batchSize));
            loss += trainStep(batch(epoch, indices, treatment), step, epoch, from / batchSize + 1) * indices.length;
            averageEvery(Every.STEP);
            progress.done(from + indices.length, order.length);
        }
        averageEvery(Every.EPOCH);
        var duration = Duration.ofNanos(System.nanoTime() - begin);
        var checkpoint = checkpoint();
        requireFinite(checkpoint, epoch);
        var stored = store.write(plan.runId(), epoch, checkpoint);
        last = epoch(stored, loss / order.length, duration);
        return Optional.of(last);
    }

    private double trainStep(TrainBatch batch, TrainStep step, int epoch, int number) {
        try {
            return net.trainStep(batch, step);
        } catch (NotFiniteException e) {
            var samples = batch.samples();
            var where = FirstNotFinite.layer(
                            engine, threads, architecture, net.state(), samples.images(), samples.count())
                    .map(layer -> ", first in " + layer)
                    .orElse("");
            throw diverged(
                    e, String.format(Locale.ROOT, "step %d of %d", number, steps()), e.getMessage() + where, epoch);
        }
    }

    /** The last step of an epoch may make weights infinite or NaN before any forward pass uses them. */
    private void requireFinite(Checkpoint checkpoint, int epoch) {
        FirstNotFinite.tensor(checkpoint.model())
                .or(() -> FirstNotFinite.tensor(checkpoint.optimizer()))
                .ifPresent(tensor -> {
                    var e = new NotFiniteException(tensor);
                    throw diverged(e, "after its last step", String.valueOf(e.getMessage()), epoch);
                });
    }

    private NotFiniteException diverged(NotFiniteException e, String when, String what, int epoch) {
        double rate = plan.settings().training().optimizer().learningRate();
        return e.told(String.format(
                Locale.ROOT,
                "training diverged in epoch %d, %s: %s; the learning rate of %s may be too high. Epoch %d is the last good checkpoint: %s",
                epoch,
                when,
                what,
                rate,
                last.number(),
                directory(last.weights())));
    }

    private static String directory(CheckpointRef weights) {
        return weights.location().substring(0, weights.location().lastIndexOf('/'));
    }

    private int steps() {
        int batchSize = plan.settings().training().batchSize();
        return (split.train().indices().length + batchSize - 1) / batchSize;
    }

    private int[] order(int epoch) {
        var indices = split.train().indices();
        long seed = Seeds.derive(plan.settings().training().seed(), Purpose.EPOCH_ORDER, stage(), epoch);
        var permutation = Shuffle.permutation(indices.length, seed, "epoch");
        var order = new int[indices.length];
        Arrays.setAll(order, i -> indices[permutation[i]]);
        return order;
    }

    /** Part of the seeds: a warm-start run draws other random numbers than the runs that start from it. */
    private int stage() {
        return plan.warmStart() ? 0 : 1;
    }

    private TrainStep step(int epoch, ClassTreatment treatment) {
        var training = plan.settings().training();
        var attack = plan.settings().attack().training();
        double rate = training.optimizer().learningRate() * training.schedule().at(epoch, training.epochs());
        return new TrainStep(
                training.method(),
                training.beta(),
                attack.withStepTimes(treatment.margins().max()),
                training.optimizer(),
                rate);
    }

    private TrainBatch batch(int epoch, int[] indices, ClassTreatment treatment) {
        var images = split.train().images();
        var labels = images.labels(indices);
        int n = labels.length;
        var radius = new float[n];
        var standard = new float[n];
        var boundary = new float[n];
        var seeds = new long[n];
        var variations = new long[n];
        double epsilon = plan.settings().attack().training().epsilon();
        long seed = plan.settings().training().seed();
        for (int i = 0; i < n; i++) {
            radius[i] = (float) (epsilon * treatment.margins().get(labels[i]));
            standard[i] = (float) treatment.standardWeights().get(labels[i]);
            boundary[i] = (float) treatment.boundaryWeights().get(labels[i]);
            seeds[i] = Seeds.derive(seed, Purpose.TRAINING_ATTACK, stage(), epoch, indices[i]);
            variations[i] = Seeds.derive(seed, Purpose.AUGMENTATION, stage(), epoch, indices[i]);
        }
        var pixels = images.gather(indices);
        augmentation.apply(pixels, variations);
        return new TrainBatch(new Samples(pixels, labels, radius, seeds), standard, boundary);
    }

    private void averageEvery(Every now) {
        var averaging = plan.settings().training().averaging();
        if (average != null && averaging != null && averaging.every() == now) {
            average.add(net.state());
        }
    }

    private Checkpoint checkpoint() {
        return new Checkpoint(
                provenance(architecture, plan, engine, clock),
                net.state(),
                net.optimizerState(),
                average == null ? Optional.empty() : Optional.ofNullable(average.average()));
    }

    private static Provenance provenance(Architecture a, RunPlan plan, Engine engine, Clock clock) {
        return new Provenance(
                a.name(),
                List.of(a.channels(), a.height(), a.width()),
                a.classes(),
                plan.specSha256(),
                engine.name(),
                clock.instant());
    }

    private static Epoch epoch(StoredCheckpoint stored, @Nullable Double loss, Duration duration) {
        return new Epoch(stored.epoch(), stored.model(), stored.averaged(), loss, duration);
    }

    private static List<Long> counts(Split.Subset part) {
        return Arrays.stream(part.countsPerClass()).asLongStream().boxed().toList();
    }

    @Override
    public void close() {
        net.close();
    }
}
