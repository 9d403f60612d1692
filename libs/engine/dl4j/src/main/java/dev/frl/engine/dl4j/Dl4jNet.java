package dev.frl.engine.dl4j;

import dev.frl.core.settings.AttackSettings;
import dev.frl.engine.Predictions;
import dev.frl.engine.RobustNet.TrainStep;
import dev.frl.engine.Samples;
import dev.frl.engine.dl4j.frozen.AttackLane;
import dev.frl.engine.dl4j.frozen.AttackRunner;
import dev.frl.engine.dl4j.frozen.FrozenNet;
import dev.frl.engine.dl4j.natives.Natives;
import dev.frl.engine.dl4j.natives.Parameters;
import dev.frl.engine.dl4j.training.Dl4jTrainer;
import dev.frl.engine.kit.NetBackend;
import dev.frl.engine.kit.threads.Workers;
import dev.frl.engine.kit.training.TrainingLoss;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.NamedTensors;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** A net that DL4J trains and ND4J attacks. */
final class Dl4jNet implements NetBackend {
    private final Architecture architecture;
    private final Workers workers;
    private final Parameters parameters;
    private final FrozenNet frozen;

    /** One for each worker that attacks. */
    private final List<AttackLane> lanes;

    /** Created at the first training step, because attackers need none. */
    private @Nullable Dl4jTrainer trainer;

    private NamedTensors optimizerBeforeTraining = NamedTensors.empty();
    private boolean frozenIsStale = true;

    /** @param state already checked to fit */
    Dl4jNet(Architecture architecture, NamedTensors state, int threads) {
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
    public NamedTensors state() {
        return parameters.copyOut();
    }

    @Override
    public void load(NamedTensors state) {
        parameters.set(state);
        frozenIsStale = true;
    }

    @Override
    public NamedTensors optimizerState() {
        return trainer == null ? optimizerBeforeTraining : trainer.optimizerState();
    }

    @Override
    public void loadOptimizer(NamedTensors optimizerState) {
        if (trainer == null) {
            optimizerBeforeTraining = optimizerState;
        } else {
            trainer.loadOptimizer(optimizerState);
        }
    }

    @Override
    public float[] logits(float[] images, int count) {
        refreshFrozen();
        var logits = new float[count * architecture.classes()];
        inPieces(count, (lane, from, to) -> lane.logits(images, from, to, logits));
        return logits;
    }

    @Override
    public float[] attack(Samples samples, AttackSettings attack) {
        refreshFrozen();
        var adversarial = new float[samples.images().length];
        inPieces(samples.count(), (lane, from, to) -> lane.attack(samples, from, to, attack, adversarial));
        return adversarial;
    }

    @Override
    public Predictions evaluate(Samples samples, AttackSettings attack) {
        var attacks =
                new AttackRunner(samples, attack, logits(samples.images(), samples.count()), architecture.classes());
        workers.each(lanes.size(), worker -> attacks.work(lanes.get(worker)));
        return attacks.predictions();
    }

    @Override
    public double step(List<float[]> images, int count, TrainingLoss.OfLogits loss, TrainStep step) {
        double before = trainer().step(images, count, loss, step);
        frozenIsStale = true;
        return before;
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
            workers.each(1, worker -> frozen.refresh(parameters));
            frozenIsStale = false;
        }
    }

    /** Work of one lane on the samples from {@code from} to before {@code to}. */
    private interface Piece {
        void run(AttackLane lane, int from, int to);
    }

    /**
     * Pieces are as large as a lane's capacity. Where a lane takes its whole share at once, each lane gets one piece: smaller
     * ones cost 10 % in {@code cnn-small}, more than they save.
     */
    private void inPieces(int count, Piece piece) {
        int share = (count + lanes.size() - 1) / lanes.size();
        int size = Math.max(1, Math.min(lanes.get(0).capacity(), share));
        workers.pieces(count, size, (worker, from, to) -> piece.run(lanes.get(worker), from, to));
    }

    @Override
    public void close() {
        workers.each(1, worker -> {
            lanes.forEach(AttackLane::close);
            frozen.close();
            if (trainer != null) {
                trainer.close();
            }
        });
        workers.close();
    }
}
