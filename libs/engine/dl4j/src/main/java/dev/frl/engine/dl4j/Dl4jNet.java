package dev.frl.engine.dl4j;

import dev.frl.core.settings.AttackSettings;
import dev.frl.engine.NotFiniteException;
import dev.frl.engine.Predictions;
import dev.frl.engine.RobustNet;
import dev.frl.engine.Samples;
import dev.frl.engine.TrainBatch;
import dev.frl.engine.dl4j.frozen.AttackLane;
import dev.frl.engine.dl4j.frozen.AttackRunner;
import dev.frl.engine.dl4j.frozen.FrozenNet;
import dev.frl.engine.dl4j.natives.Natives;
import dev.frl.engine.dl4j.natives.Parameters;
import dev.frl.engine.dl4j.training.Dl4jTrainer;
import dev.frl.engine.kit.threads.Workers;
import dev.frl.engine.kit.training.TrainingLoss;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.NamedTensors;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A net that DL4J trains and ND4J attacks. */
final class Dl4jNet implements RobustNet {
    private final Architecture architecture;
    private final Workers workers;
    private final Parameters parameters;
    private final FrozenNet frozen;
    private final List<AttackLane> lanes;

    /** Made at the first training step: an attacker needs none. */
    private @Nullable Dl4jTrainer trainer;

    private NamedTensors optimizerBeforeTraining = NamedTensors.empty();
    private boolean frozenIsStale = true;

    Dl4jNet(Architecture architecture, NamedTensors state, int threads) {
        architecture.requireFits(state);
        this.architecture = architecture;
        this.parameters = new Parameters(architecture);
        parameters.set(state);
        this.workers = new Workers("frl-dl4j", threads, Natives::keepOperationsOnThisThread, Natives::leaveThisThread);
        this.frozen = workers.one(() -> new FrozenNet(architecture));
        var makers = new ArrayList<Callable<AttackLane>>();
        for (int i = 0; i < threads; i++) {
            makers.add(() -> new AttackLane(frozen));
        }
        this.lanes = workers.all(makers);
    }

    @Override
    public Architecture architecture() {
        return architecture;
    }

    @Override
    public NamedTensors state() {
        return parameters.copyOut();
    }

    @Override
    public void load(NamedTensors state) {
        architecture.requireFits(state);
        parameters.set(state);
        frozenIsStale = true;
    }

    @Override
    public NamedTensors optimizerState() {
        return trainer == null ? optimizerBeforeTraining : trainer.optimizerState();
    }

    @Override
    public void loadOptimizer(NamedTensors optimizerState) {
        architecture.requireFitsOptimizer(optimizerState);
        if (trainer == null) {
            optimizerBeforeTraining = optimizerState;
        } else {
            trainer.loadOptimizer(optimizerState);
        }
    }

    @Override
    public float[] logits(float[] images, int count) {
        requireFinite(images);
        refreshFrozen();
        var logits = new float[count * architecture.classes()];
        inShares(count, (lane, from, to) -> lane.logits(images, from, to, logits));
        return logits;
    }

    @Override
    public float[] attack(Samples samples, AttackSettings attack) {
        architecture.requireAttackable(attack);
        requireFinite(samples.images());
        refreshFrozen();
        var adversarial = new float[samples.images().length];
        inPieces(samples.count(), (lane, from, to) -> lane.attack(samples, from, to, attack, adversarial));
        return adversarial;
    }

    @Override
    public Predictions evaluate(Samples samples, AttackSettings attack) {
        architecture.requireAttackable(attack);
        var attacks =
                new AttackRunner(samples, attack, logits(samples.images(), samples.count()), architecture.classes());
        inShares(lanes.size(), (lane, from, to) -> attacks.work(lane));
        return attacks.predictions();
    }

    @Override
    public double trainStep(TrainBatch batch, TrainStep step) {
        architecture.requireTrainable(batch.samples().count());
        requireFinite(batch.samples().images());
        var optimizer = new Dl4jTrainer.Optimizer(step.learningRate(), step.optimizer());
        var samples = batch.samples();
        double loss = switch (step.method()) {
            case NATURAL -> oneSided(batch, samples.images(), batch.standardWeights(), optimizer);
            case PGD_AT -> oneSided(batch, attack(samples, step.attack()), TrainingLoss.meanWeights(batch), optimizer);
            case TRADES ->
                trainer()
                        .step(
                                List.of(samples.images(), attack(samples, step.attack())),
                                samples.count(),
                                z -> TrainingLoss.trades(z.get(0), z.get(1), batch, step.beta()),
                                optimizer);
        };
        frozenIsStale = true;
        return loss;
    }

    /** Cross-entropy on one kind of images, as natural training and pgd-at have it. */
    private double oneSided(TrainBatch batch, float[] images, float[] sampleWeights, Dl4jTrainer.Optimizer optimizer) {
        var labels = batch.samples().labels();
        return trainer()
                .step(
                        List.of(images),
                        labels.length,
                        z -> TrainingLoss.crossEntropy(z.get(0), labels, sampleWeights),
                        optimizer);
    }

    private Dl4jTrainer trainer() {
        if (trainer == null) {
            var made = workers.one(() -> new Dl4jTrainer(architecture, workers, parameters));
            made.loadOptimizer(optimizerBeforeTraining);
            trainer = made;
        }
        return trainer;
    }

    private void refreshFrozen() {
        if (frozenIsStale) {
            workers.one(() -> {
                frozen.refresh(parameters);
                return true;
            });
            frozenIsStale = false;
        }
    }

    /** Part of the work on a range of samples. */
    private interface Share {
        void run(AttackLane lane, int from, int to);
    }

    /** Cuts {@code count} samples into one range a lane. */
    private void inShares(int count, Share share) {
        int size = (count + lanes.size() - 1) / lanes.size();
        var tasks = new ArrayList<Callable<Boolean>>();
        for (int i = 0; i < lanes.size() && i * size < count; i++) {
            var lane = lanes.get(i);
            int from = i * size;
            int to = Math.min(count, from + size);
            tasks.add(() -> {
                share.run(lane, from, to);
                return true;
            });
        }
        workers.all(tasks);
    }

    /**
     * Lanes take one piece after the other, each as large as a lane takes at a time, so that one which is held up leaves more to
     * the others. Where a lane takes its whole share at once there is one piece for each: smaller ones cost 10 % in {@code
     * cnn-small}, more than they save.
     */
    private void inPieces(int count, Share share) {
        int size = Math.min(lanes.get(0).capacity, (count + lanes.size() - 1) / lanes.size());
        var next = new AtomicInteger();
        inShares(lanes.size(), (lane, from, to) -> {
            for (int at = next.getAndAdd(size); at < count; at = next.getAndAdd(size)) {
                share.run(lane, at, Math.min(count, at + size));
            }
        });
    }

    private static void requireFinite(float[] images) {
        float sum = 0;
        for (float pixel : images) {
            sum += pixel * 0; // NaN as soon as one pixel is NaN or infinite
        }
        if (Float.isNaN(sum)) {
            throw new NotFiniteException("images");
        }
    }

    @Override
    public void close() {
        workers.one(() -> {
            lanes.forEach(AttackLane::close);
            frozen.close();
            if (trainer != null) {
                trainer.close();
            }
            return true;
        });
        workers.close();
    }
}
