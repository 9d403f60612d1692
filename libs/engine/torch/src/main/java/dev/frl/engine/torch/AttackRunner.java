package dev.frl.engine.torch;

import dev.frl.core.settings.AttackSettings;
import dev.frl.engine.Predictions;
import dev.frl.engine.Samples;
import dev.frl.engine.kit.threads.Workers;
import dev.frl.engine.net.Architecture;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;

/**
 * Questions to a frozen net and attacks on it, cut into batches that the workers take one by one. With a precision other than
 * float32, attacks find their way by another net; what counts as fallen is still for the exact one to say.
 */
final class AttackRunner implements AutoCloseable {
    private final Architecture architecture;
    private final FrozenNet net;

    /** The net itself, or the same in less precision. */
    private final FrozenNet guide;

    private final Workers workers;

    /** @param weights that stay as they are until this is closed */
    public AttackRunner(Architecture architecture, Weights weights, Precision precision, Workers workers) {
        this.architecture = architecture;
        this.net = new FrozenNet(architecture, weights, Precision.FLOAT32);
        this.guide = precision == Precision.FLOAT32 ? net : new FrozenNet(architecture, weights, precision);
        this.workers = workers;
    }

    /** Logits, shape [count, classes]. */
    float[] logits(float[] images, int count) {
        int pixels = architecture.pixels();
        int classes = architecture.classes();
        var logits = new float[count * classes];
        inBatches(IntStream.range(0, count).toArray(), which -> {
            int from = which[0];
            int rows = AttackBatch.rows(which.length);
            var padded = Arrays.copyOf(
                    Arrays.copyOfRange(images, from * pixels, (from + which.length) * pixels), rows * pixels);
            var x = NativeFloats.tensor(
                    padded, rows, architecture.channels(), architecture.height(), architecture.width());
            var values = NativeFloats.values(net.forward(x));
            System.arraycopy(values, 0, logits, from * classes, which.length * classes);
        });
        NativeFloats.requireFinite(logits, "logits");
        return logits;
    }

    /** AttackRunner all samples to the end; returns the last iterates, shape [N, C, H, W]. */
    float[] attack(Samples samples, AttackSettings attack) {
        int pixels = architecture.pixels();
        var adversarial = new float[samples.images().length];
        inBatches(IntStream.range(0, samples.count()).toArray(), which -> {
            var batch = new AttackBatch(architecture, guide, samples, which, attack);
            for (int k = 0; k < attack.stepsTaken(); k++) {
                batch.advance(logits -> true);
            }
            if (attack.endsAtBest()) {
                batch.end();
            }
            System.arraycopy(batch.iterates(), 0, adversarial, which[0] * pixels, which.length * pixels);
        });
        return adversarial;
    }

    /** AttackRunner those that are right without attack, each until it falls. */
    Predictions evaluate(Samples samples, AttackSettings attack) {
        int classes = architecture.classes();
        var cleanLogits = logits(samples.images(), samples.count());
        var clean = new int[samples.count()];
        Arrays.setAll(clean, i -> argmax(cleanLogits, i, classes));
        var attacked = clean.clone();
        var right = IntStream.range(0, clean.length)
                .filter(i -> clean[i] == samples.labels()[i])
                .toArray();
        inBatches(right, which -> evaluate(samples, attack, which, attacked));
        return new Predictions(clean, attacked);
    }

    private void evaluate(Samples samples, AttackSettings attack, int[] which, int[] attacked) {
        var batch = new AttackBatch(architecture, guide, samples, which, attack);
        var standing = which; // sample of each row
        for (int k = 0; k <= attack.stepsTaken() && standing.length > 0; k++) {
            var rows = standing;
            boolean last = k == attack.stepsTaken();
            batch.advance(logits -> {
                var sure = guide == net ? logits : surely(batch, logits, rows, samples.labels(), last);
                boolean stands = false;
                for (int row = 0; row < rows.length; row++) {
                    int sample = rows[row];
                    if (attacked[sample] == samples.labels()[sample]) {
                        attacked[sample] = argmax(sure, row, architecture.classes());
                        stands |= attacked[sample] == samples.labels()[sample];
                    }
                }
                return stands && !last;
            });
            var kept = IntStream.range(0, rows.length)
                    .filter(row -> attacked[rows[row]] == samples.labels()[rows[row]])
                    .toArray();
            if (kept.length == 0 || AttackBatch.rows(kept.length) < batch.rows()) {
                standing = Arrays.stream(kept).map(row -> rows[row]).toArray();
                if (kept.length > 0) {
                    batch.keep(kept);
                }
            }
        }
    }

    /** The exact net's logits where it matters: at the end, or when somebody seems to have fallen. */
    private float[] surely(AttackBatch batch, float[] logits, int[] rows, int[] labels, boolean last) {
        int classes = architecture.classes();
        boolean matters = last
                || IntStream.range(0, rows.length).anyMatch(row -> argmax(logits, row, classes) != labels[rows[row]]);
        return matters ? batch.logits(net) : logits;
    }

    /** The first of the largest. */
    private static int argmax(float[] logits, int row, int classes) {
        int best = 0;
        for (int j = 1; j < classes; j++) {
            best = logits[row * classes + j] > logits[row * classes + best] ? j : best;
        }
        return best;
    }

    /** Work on some samples, on one thread, in a scope of its own. */
    private interface Batch {
        void run(int[] which);
    }

    private void inBatches(int[] which, Batch batch) {
        int share = AttackBatch.rows((which.length + workers.parallel() - 1) / workers.parallel());
        int size = Math.max(AttackBatch.GRAIN, Math.min(AttackBatch.CAPACITY, share));
        var next = new AtomicInteger();
        var tasks = new ArrayList<Callable<Boolean>>();
        for (int i = 0; i < workers.parallel() && i * size < which.length; i++) {
            tasks.add(() -> {
                for (int at = next.getAndAdd(size); at < which.length; at = next.getAndAdd(size)) {
                    try (var scope = new PointerScope()) {
                        batch.run(Arrays.copyOfRange(which, at, Math.min(which.length, at + size)));
                    }
                }
                return true;
            });
        }
        workers.all(tasks);
    }

    @Override
    public void close() {
        net.close();
        if (guide != net) {
            guide.close();
        }
    }
}
