package dev.frl.attacker;

import dev.frl.checkpoint.Checkpoints;
import dev.frl.core.Seeds;
import dev.frl.core.Seeds.Purpose;
import dev.frl.core.checkpoint.CheckpointRef;
import dev.frl.core.errors.Tally;
import dev.frl.core.settings.Attacks;
import dev.frl.core.settings.DatasetSettings;
import dev.frl.core.settings.Part;
import dev.frl.core.settings.RunSettings;
import dev.frl.data.Dataset;
import dev.frl.data.Split;
import dev.frl.engine.Engine;
import dev.frl.engine.FirstNotFinite;
import dev.frl.engine.NotFiniteException;
import dev.frl.engine.Predictions;
import dev.frl.engine.RobustNet;
import dev.frl.engine.Samples;
import dev.frl.engine.net.Architectures;
import dev.frl.worker.ImageCount;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Attacks shards. Every random start is derived from the run's seed, the epoch and the image, so the counts depend neither on the
 * attacker nor on the number of shards.
 *
 * <p>Keeps the last net and the last split, since the shards of an epoch share them. Knows nothing of Kafka. Not thread-safe.
 */
public final class ShardAttack implements AutoCloseable {
    /** Number of images between two checks for cancellation. */
    private static final int CHUNK = 512;

    private final Engine engine;
    private final Checkpoints store;
    private final int threads;
    private @Nullable CheckpointRef loaded;
    private @Nullable RobustNet net;
    private @Nullable Dataset splitData;
    private @Nullable DatasetSettings splitOf;
    private @Nullable Split split;

    public ShardAttack(Engine engine, Checkpoints store, int threads) {
        this.engine = engine;
        this.store = store;
        this.threads = threads;
    }

    /**
     * Attacks one shard and counts the predictions.
     *
     * @param settings settings of the run
     * @param part validation or test
     * @param epoch epoch of the weights; part of the seeds
     * @param shard number of the shard, from 0
     * @param shards number of all shards
     * @param cancelled checked between chunks of images; when it is true, the shard is abandoned
     * @param progress hears after each chunk how many of the shard's images are done
     * @return counts of the shard; null if it was abandoned
     * @throws dev.frl.checkpoint.CheckpointException if the weights cannot be read or are not the announced ones
     * @throws dev.frl.engine.net.StateMismatchException if they do not fit the architecture
     * @throws NotFiniteException if the net's logits are not finite; names the first layer with such values
     */
    public @Nullable Tally attack(
            RunSettings settings,
            Dataset dataset,
            CheckpointRef weights,
            Part part,
            int epoch,
            int shard,
            int shards,
            BooleanSupplier cancelled,
            ImageCount progress) {
        var split = split(settings, dataset);
        var images = split.subset(part);
        var indices = images.shard(shard, shards);
        var attacked = net(settings, dataset, weights);
        var evaluation = settings.attack().of(part);
        var tally = Tally.empty(dataset.classNames().size());
        for (int from = 0; from < indices.length; from += CHUNK) {
            if (cancelled.getAsBoolean()) {
                return null;
            }
            var chunk = Arrays.copyOfRange(indices, from, Math.min(indices.length, from + CHUNK));
            var labels = images.images().labels(chunk);
            var radius = new float[chunk.length];
            Arrays.fill(radius, (float) evaluation.attack().epsilon());
            var seeds = seeds(settings, part, epoch, chunk);
            var samples = new Samples(images.images().gather(chunk), labels, radius, seeds);
            var predictions = evaluate(attacked, samples, evaluation);
            tally = tally.plus(Tally.count(tally.classes(), labels, predictions.clean(), predictions.attacked()));
            progress.done(from + chunk.length, indices.length);
        }
        return tally;
    }

    private Predictions evaluate(RobustNet attacked, Samples samples, Attacks.EvaluationAttack evaluation) {
        try {
            return attacked.evaluate(samples, evaluation.attack(), evaluation.restarts());
        } catch (NotFiniteException e) {
            var where = FirstNotFinite.layer(
                            engine,
                            threads,
                            attacked.architecture(),
                            attacked.state(),
                            samples.images(),
                            samples.count())
                    .map(layer -> ", first in " + layer)
                    .orElse(" under attack");
            throw e.told(String.format(
                    Locale.ROOT,
                    "the net cannot be evaluated: %s%s. Its training has diverged",
                    e.getMessage(),
                    where));
        }
    }

    private static long[] seeds(RunSettings settings, Part part, int epoch, int[] indices) {
        var purpose = Purpose.attackOn(part);
        return Arrays.stream(indices)
                .mapToLong(i -> Seeds.derive(settings.training().seed(), purpose, epoch, i))
                .toArray();
    }

    private Split split(RunSettings settings, Dataset dataset) {
        var wanted = settings.dataset();
        if (split == null || dataset != splitData || !wanted.equals(splitOf)) {
            split = Split.of(dataset, wanted.split());
            splitData = dataset;
            splitOf = wanted;
        }
        return split;
    }

    private RobustNet net(RunSettings settings, Dataset dataset, CheckpointRef weights) {
        if (net != null && weights.equals(loaded)) {
            return net;
        }
        var architecture = Architectures.named(
                settings.architecture(),
                dataset.channels(),
                dataset.height(),
                dataset.width(),
                dataset.classNames().size());
        var state = store.loadModel(Checkpoints.location(weights.location()), weights.sha256());
        if (net != null && net.architecture().equals(architecture)) {
            net.load(state);
        } else {
            close();
            net = engine.open(architecture, state, threads);
        }
        loaded = weights;
        return net;
    }

    /** Frees the last net and the last split. */
    void release() {
        close();
        split = null;
        splitData = null;
        splitOf = null;
    }

    @Override
    public void close() {
        if (net != null) {
            net.close();
            net = null;
            loaded = null;
        }
    }
}
