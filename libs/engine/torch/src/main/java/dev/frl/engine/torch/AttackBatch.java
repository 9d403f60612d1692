package dev.frl.engine.torch;

import static org.bytedeco.pytorch.global.torch.ScalarType.Double;
import static org.bytedeco.pytorch.global.torch.ScalarType.Float;

import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.AttackSettings.Loss;
import dev.frl.core.settings.AttackSettings.Method;
import dev.frl.engine.NotFiniteException;
import dev.frl.engine.Samples;
import dev.frl.engine.kit.attack.Ascent;
import dev.frl.engine.kit.attack.Noise;
import dev.frl.engine.net.Architecture;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Some samples under attack, on one thread, in the caller's scope. Their steps are those of ascents, or signed steps:
 *
 * <pre>
 *   x' ← min(max(x' + step sign(∇ loss), low), high),   low = max(x − radius, 0),   high = min(x + radius, 1)
 * </pre>
 *
 * <p>The number of rows is one of {@link BatchRows}; rows at the end may be empty. A sample's numbers must not depend on the
 * other samples in its batch; the contract suite tests this to the bit.
 */
final class AttackBatch {
    static final BatchRows ROWS = BatchRows.on(Natives.isOnGpu());

    private final Architecture architecture;
    private final FrozenNet net;

    private final Loss loss;

    /** One-hot labels, or the clean prediction for KL. Shape [rows, classes], doubles. */
    private Tensor target;

    private Tensor low;
    private Tensor high;

    /** Shape [rows, 1, 1, 1], in units of pixel value. */
    private Tensor step;

    private Tensor iterates;

    /** One for each sample; empty if the attack needs none. */
    private Ascent[] ascents;

    /** @param which positions of the samples to attack, at most the capacity of {@link #ROWS} */
    AttackBatch(Architecture architecture, FrozenNet net, Samples samples, int[] which, AttackSettings attack) {
        this.architecture = architecture;
        this.net = net;
        int rows = ROWS.padded(which.length);
        int pixels = architecture.pixels();
        var clean = new float[rows * pixels];
        var starts = new float[rows * pixels];
        var radius = new float[rows];
        var labels = new double[rows * architecture.classes()];
        this.loss = attack.loss();
        for (int row = 0; row < which.length; row++) {
            int i = which[row];
            radius[row] = samples.radius()[i];
            labels[row * architecture.classes() + samples.labels()[i]] = 1;
            System.arraycopy(samples.images(), i * pixels, clean, row * pixels, pixels);
            Noise.start(attack, clean, row * pixels, pixels, radius[row], samples.seeds()[i], starts, row * pixels);
        }
        var images = images(clean, rows);
        var radii = NativeFloats.tensor(radius, rows, 1, 1, 1);
        this.low = images.sub(radii).clamp_min_(new Scalar(0f));
        this.high = images.add(radii).clamp_max_(new Scalar(1f));
        this.iterates = images(starts, rows);
        this.step = radii;
        if (attack.method() != Method.FGSM) {
            var steps = new float[rows];
            Arrays.fill(steps, (float) attack.stepSize());
            this.step = NativeFloats.tensor(steps, rows, 1, 1, 1);
        }
        this.target = attack.loss() == Loss.KL
                ? net.forward(images).toType(Double).softmax(1)
                : NativeFloats.tensor(labels, rows, architecture.classes());
        this.ascents = Ascent.isFor(attack) ? ascents(samples, which, attack) : new Ascent[0];
    }

    private Ascent[] ascents(Samples samples, int[] which, AttackSettings attack) {
        var clean = attack.loss() == Loss.KL ? NativeFloats.doubles(target) : new double[0];
        return IntStream.range(0, which.length)
                .mapToObj(row -> Ascent.of(samples, which[row], attack, architecture.classes(), clean, row))
                .toArray(Ascent[]::new);
    }

    private Tensor images(float[] values, int rows) {
        return MemoryOrder.ofImages(NativeFloats.tensor(
                values, rows, architecture.channels(), architecture.height(), architecture.width()));
    }

    int rows() {
        return Math.toIntExact(iterates.size(0));
    }

    /**
     * Computes the logits of the iterates, and takes a step.
     *
     * @param stepping reads the logits, shape [rows, classes], and decides whether to take a step
     */
    void advance(Stepping stepping) {
        try (var scope = new PointerScope()) {
            var tape = new ArrayDeque<Tensor>();
            var logits = net.forward(iterates, tape);
            var values = NativeFloats.values(logits);
            NotFiniteException.requireFinite(values, values.length, "logits");
            if (stepping.from(values)) {
                var gradient = net.backward(logitGradients(logits), tape);
                if (ascents.length > 0) {
                    ascend(values, NativeFloats.values(gradient));
                } else {
                    var moved = gradient.sign_().mul_(step).add_(iterates);
                    iterates.copy_(moved.maximum(low).minimum(high));
                }
            }
        }
    }

    private void ascend(float[] logits, float[] gradients) {
        var points = iterates();
        for (int row = 0; row < ascents.length; row++) {
            int at = row * architecture.pixels();
            ascents[row].step(logits, row * architecture.classes(), gradients, at, points, at);
        }
        iterates.copy_(images(points, rows()));
    }

    /** Replaces the last iterates by the results of the ascents. */
    void end() {
        try (var scope = new PointerScope()) {
            var logits = NativeFloats.values(net.forward(iterates));
            NotFiniteException.requireFinite(logits, logits.length, "logits");
            var points = iterates();
            for (int row = 0; row < ascents.length; row++) {
                ascents[row].end(logits, row * architecture.classes(), points, row * architecture.pixels());
            }
            iterates.copy_(images(points, rows()));
        }
    }

    /**
     * Scaled to a largest value of 1, so that the gradient with respect to the pixels, whose sign the attack uses, does not
     * underflow.
     */
    private Tensor logitGradients(Tensor logits) {
        var gradient = LogitGradients.of(loss, logits.toType(Double), target);
        var largest = gradient.abs().amax(new long[] {1}, true).clamp_min_(new Scalar(java.lang.Double.MIN_NORMAL));
        return gradient.div(largest).toType(Float);
    }

    /** Logits of the iterates in another net, shape [rows, classes]. */
    float[] logits(FrozenNet other) {
        try (var scope = new PointerScope()) {
            var values = NativeFloats.values(other.forward(iterates));
            NotFiniteException.requireFinite(values, values.length, "logits");
            return values;
        }
    }

    /** Decides about the next step. */
    interface Stepping {
        boolean from(float[] logits);
    }

    /** Keeps these rows only, in this order. */
    void keep(int[] kept) {
        var padded = new long[ROWS.padded(kept.length)];
        for (int row = 0; row < padded.length; row++) {
            padded[row] = kept[Math.min(row, kept.length - 1)];
        }
        var index = NativeFloats.positions(padded);
        target = target.index_select(0, index);
        low = low.index_select(0, index);
        high = high.index_select(0, index);
        step = step.index_select(0, index);
        iterates = iterates.index_select(0, index);
        var before = ascents;
        if (before.length > 0) {
            ascents = Arrays.stream(kept).mapToObj(row -> before[row]).toArray(Ascent[]::new);
        }
    }

    /** A copy of the iterates, shape [rows, C, H, W]. */
    float[] iterates() {
        return NativeFloats.values(iterates);
    }
}
