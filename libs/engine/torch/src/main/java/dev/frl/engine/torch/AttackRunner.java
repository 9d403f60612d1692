package dev.frl.engine.torch;

import dev.frl.core.settings.AttackSettings;
import dev.frl.engine.NotFiniteException;
import dev.frl.engine.Predictions;
import dev.frl.engine.Samples;
import dev.frl.engine.kit.attack.Evaluation;
import dev.frl.engine.kit.attack.Logits;
import dev.frl.engine.kit.threads.Workers;
import dev.frl.engine.net.Architecture;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;

/**
 * Logits of a frozen net and attacks on it, in batches that the workers take one after the other. With a precision other than
 * float32, a second net computes the gradients of attacks; the exact net still decides which samples are misclassified.
 */
final class AttackRunner implements AutoCloseable {
    private final Architecture architecture;
    private final FrozenNet net;

    /** Net that computes the gradients of attacks: {@link #net}, or the same net in lower precision. */
    private final FrozenNet gradientNet;

    private final Workers workers;

    /** @param weights weights that do not change until this is closed */
    AttackRunner(Architecture architecture, Weights weights, Precision precision, Workers workers) {
        this.architecture = architecture;
        this.net = new FrozenNet(architecture, weights, Precision.FLOAT32);
        this.gradientNet = precision == Precision.FLOAT32 ? net : new FrozenNet(architecture, weights, precision);
        this.workers = workers;
    }

    /** Logits, shape [count, classes]. */
    float[] logits(float[] images, int count) {
        int pixels = architecture.pixels();
        int classes = architecture.classes();
        var logits = new float[count * classes];
        inBatches(IntStream.range(0, count).toArray(), which -> {
            int from = which[0];
            int rows = AttackBatch.ROWS.padded(which.length);
            var padded = Arrays.copyOf(
                    Arrays.copyOfRange(images, from * pixels, (from + which.length) * pixels), rows * pixels);
            var x = NativeFloats.tensor(
                    padded, rows, architecture.channels(), architecture.height(), architecture.width());
            var values = NativeFloats.values(net.forward(x));
            System.arraycopy(values, 0, logits, from * classes, which.length * classes);
        });
        NotFiniteException.requireFinite(logits, logits.length, "logits");
        return logits;
    }

    /** Runs all steps on all samples; returns the last iterates or the best ones, shape [N, C, H, W]. */
    float[] attack(Samples samples, AttackSettings attack) {
        int pixels = architecture.pixels();
        var adversarial = new float[samples.images().length];
        inBatches(IntStream.range(0, samples.count()).toArray(), which -> {
            var batch = new AttackBatch(architecture, gradientNet, samples, which, attack);
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

    /** Attacks the samples that are classified correctly without attack, each until it is misclassified. */
    Predictions evaluate(Samples samples, AttackSettings attack) {
        var cleanLogits = logits(samples.images(), samples.count());
        var evaluation = new Evaluation(samples, cleanLogits, architecture.classes());
        inBatches(evaluation.toAttack(), which -> evaluate(samples, attack, which, evaluation));
        return evaluation.predictions();
    }

    private void evaluate(Samples samples, AttackSettings attack, int[] which, Evaluation evaluation) {
        var batch = new AttackBatch(architecture, gradientNet, samples, which, attack);
        var sampleOfRow = which;
        for (int k = 0; k <= attack.stepsTaken() && sampleOfRow.length > 0; k++) {
            var rows = sampleOfRow;
            boolean last = k == attack.stepsTaken();
            batch.advance(logits -> {
                var exact = gradientNet == net ? logits : exact(batch, logits, rows, samples.labels(), last);
                boolean anyCorrect = false;
                for (int row = 0; row < rows.length; row++) {
                    anyCorrect |= evaluation.isCorrect(rows[row]) && evaluation.record(rows[row], exact, row);
                }
                return anyCorrect && !last;
            });
            var kept = IntStream.range(0, rows.length)
                    .filter(row -> evaluation.isCorrect(rows[row]))
                    .toArray();
            if (kept.length == 0 || AttackBatch.ROWS.padded(kept.length) < batch.rows()) {
                sampleOfRow = Arrays.stream(kept).map(row -> rows[row]).toArray();
                if (kept.length > 0) {
                    batch.keep(kept);
                }
            }
        }
    }

    /** Logits of the exact net where they matter: after the last step, or when a sample seems to be misclassified. */
    private float[] exact(AttackBatch batch, float[] logits, int[] rows, int[] labels, boolean last) {
        int classes = architecture.classes();
        boolean matters = last
                || IntStream.range(0, rows.length)
                        .anyMatch(row -> Logits.argmax(logits, row, classes) != labels[rows[row]]);
        return matters ? batch.logits(net) : logits;
    }

    /** Work on some samples, on one thread, in a scope of its own. */
    private interface Batch {
        void run(int[] which);
    }

    private void inBatches(int[] which, Batch batch) {
        int size = AttackBatch.ROWS.samples(which.length, workers.parallel());
        workers.pieces(which.length, size, (worker, from, to) -> {
            try (var scope = new PointerScope()) {
                batch.run(Arrays.copyOfRange(which, from, to));
            }
        });
    }

    @Override
    public void close() {
        net.close();
        if (gradientNet != net) {
            gradientNet.close();
        }
    }
}
