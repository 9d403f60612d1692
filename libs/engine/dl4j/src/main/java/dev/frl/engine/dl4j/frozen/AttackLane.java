package dev.frl.engine.dl4j.frozen;

import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.AttackSettings.Loss;
import dev.frl.core.settings.AttackSettings.Method;
import dev.frl.engine.NotFiniteException;
import dev.frl.engine.Samples;
import dev.frl.engine.dl4j.natives.ChannelsLast;
import dev.frl.engine.kit.attack.Ascent;
import dev.frl.engine.kit.attack.Noise;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One thread's attacks: up to {@link #CAPACITY} images at a time go through the frozen net. A sample's numbers do not depend
 * on the other samples in its batch; the contract suite tests this to the bit.
 */
public final class AttackLane implements AutoCloseable {
    /** Most images at a time: enough to make the cost of a native call (30 µs) small. */
    static final int CAPACITY = 64;

    /** Most values of the largest map, over all images at a time: they fit into the cache. */
    private static final int VALUES_AT_A_TIME = 1 << 21;

    /** Passes are prepared for multiples of this number of images, so that there are few of them. */
    private static final int GRAIN = 8;

    /**
     * Multiplied twice by this factor, any float except 0 exceeds ±1. This computes a sign in a loop that the compiler
     * vectorizes.
     */
    private static final float HUGE = 1e30f;

    /** Images at a time; a multiple of {@link #GRAIN}. */
    final int capacity;

    private final FrozenNet net;
    private final PassBuffers buffers;
    private final @Nullable FrozenPass[] passes = new @Nullable FrozenPass[CAPACITY / GRAIN + 1];
    private final PixelOrder order;
    private final int pixels;
    private final int classes;
    private final float[] nhwc;
    private final float[] logits;
    private final float[] logitGradients;
    private final float[] pixelGradients;
    private final double[] cleanP;

    /** Gradient with respect to one image, in the order of its pixels. */
    private final float[] gradient;

    public AttackLane(FrozenNet net) {
        this.net = net;
        this.capacity = Math.max(GRAIN, Math.min(CAPACITY, VALUES_AT_A_TIME / net.plan.largest() / GRAIN * GRAIN));
        this.buffers = new PassBuffers(net, capacity);
        this.order = new PixelOrder(net);
        this.pixels = net.architecture.pixels();
        this.classes = net.architecture.classes();
        this.nhwc = new float[capacity * pixels];
        this.logits = new float[capacity * classes];
        this.logitGradients = new float[capacity * classes];
        this.pixelGradients = new float[capacity * order.gradientSize];
        this.gradient = new float[pixels];
        this.cleanP = new double[capacity * classes];
    }

    public int capacity() {
        return capacity;
    }

    int pixels() {
        return pixels;
    }

    int classes() {
        return classes;
    }

    /** Writes the logits of images {@code from} to before {@code to} to the same rows of {@code into}. */
    public void logits(float[] images, int from, int to, float[] into) {
        for (int at = from; at < to; at += capacity) {
            int count = Math.min(capacity, to - at);
            forward(images, at, count);
            System.arraycopy(logits, 0, into, at * classes, count * classes);
        }
    }

    /** Runs all steps on samples {@code from} to before {@code to}, and writes the results to the same rows of {@code into}. */
    public void attack(Samples samples, int from, int to, AttackSettings attack, float[] into) {
        int steps = attack.stepsTaken();
        var ascents = new @Nullable Ascent[capacity];
        for (int at = from; at < to; at += capacity) {
            int count = Math.min(capacity, to - at);
            if (attack.loss() == Loss.KL) {
                forward(samples.images(), at, count);
                for (int i = 0; i < count; i++) {
                    LogitGradients.softmax(logits, i * classes, classes, cleanP, i * classes);
                }
            }
            for (int i = 0; i < count; i++) {
                start(samples, at + i, attack, into, at + i);
                ascents[i] = ascent(samples, at + i, attack, cleanP, i);
            }
            for (int k = 0; k < steps; k++) {
                forward(into, at, count);
                for (int i = 0; i < count; i++) {
                    setLogitGradient(samples, at + i, attack, i, cleanP, i);
                }
                backward(count);
                for (int i = 0; i < count; i++) {
                    step(samples, at + i, attack, ascents[i], into, at + i, i);
                }
            }
            if (attack.endsAtBest()) {
                forward(into, at, count);
                for (int i = 0; i < count; i++) {
                    end(ascents[i], into, at + i, i);
                }
            }
        }
    }

    /** Writes the starting point of sample {@code i} to row {@code slot} of {@code into}. */
    void start(Samples samples, int i, AttackSettings attack, float[] into, int slot) {
        Noise.start(
                attack,
                samples.images(),
                i * pixels,
                pixels,
                samples.radius()[i],
                samples.seeds()[i],
                into,
                slot * pixels);
    }

    /** Ascent of sample {@code i}, created at its starting point; null if the attack needs none. */
    @Nullable
    Ascent ascent(Samples samples, int i, AttackSettings attack, double[] clean, int cleanRow) {
        return Ascent.isFor(attack) ? Ascent.of(samples, i, attack, classes, clean, cleanRow) : null;
    }

    /** Returns the logits in the first {@code count} rows; they are valid until the next call. */
    float[] forward(float[] images, int from, int count) {
        int channels = net.architecture.channels();
        ChannelsLast.copy(images, from * pixels, count, channels, pixels / channels, nhwc);
        pass(count).forward(nhwc, logits);
        NotFiniteException.requireFinite(logits, count * classes, "logits");
        return logits;
    }

    /** Computes the gradient for sample {@code i}, whose image is row {@code row} of the last forward pass. */
    void setLogitGradient(Samples samples, int i, AttackSettings attack, int row, double[] clean, int cleanRow) {
        int at = row * classes;
        int label = samples.labels()[i];
        switch (attack.loss()) {
            case CROSS_ENTROPY -> LogitGradients.attackByCrossEntropy(logits, at, classes, label, logitGradients);
            case KL ->
                LogitGradients.attackByDivergence(logits, at, classes, clean, cleanRow * classes, logitGradients);
            case CW -> LogitGradients.attackByMargin(logits, at, classes, label, logitGradients);
            case DLR -> LogitGradients.attackByLogitRatio(logits, at, classes, label, logitGradients);
        }
    }

    void clearLogitGradient(int row) {
        Arrays.fill(logitGradients, row * classes, (row + 1) * classes, 0);
    }

    void backward(int count) {
        pass(count).backward(logitGradients, pixelGradients);
    }

    /**
     * Takes the step of the ascent. Without one, x' ← clamp(clamp(x' + step sign(gradient), x − radius, x + radius), 0, 1).
     *
     * @param ascent ascent of sample {@code i}
     * @param iterates holds x' of sample {@code i} in row {@code slot}
     * @param row row of sample {@code i} in the last backward pass
     */
    void step(
            Samples samples,
            int i,
            AttackSettings attack,
            @Nullable Ascent ascent,
            float[] iterates,
            int slot,
            int row) {
        int[] inGradient = order.inGradient;
        int gradientAt = row * order.gradientSize;
        for (int p = 0; p < pixels; p++) {
            gradient[p] = pixelGradients[gradientAt + inGradient[p]];
        }
        if (ascent == null) {
            signedStep(samples, i, attack, iterates, slot);
        } else {
            ascent.step(logits, row * classes, gradient, 0, iterates, slot * pixels);
        }
    }

    private void signedStep(Samples samples, int i, AttackSettings attack, float[] iterates, int slot) {
        float radius = samples.radius()[i];
        float step = attack.method() == Method.FGSM ? radius : (float) attack.stepSize();
        float[] clean = samples.images();
        int cleanAt = i * pixels;
        int at = slot * pixels;
        for (int p = 0; p < pixels; p++) {
            float x = clean[cleanAt + p];
            float sign = Math.max(-1, Math.min(1, gradient[p] * HUGE * HUGE));
            float inBall = Math.max(Math.min(iterates[at + p] + step * sign, x + radius), x - radius);
            iterates[at + p] = Math.min(Math.max(inBall, 0), 1);
        }
    }

    /** @param row row of the sample in the last forward pass */
    private void end(@Nullable Ascent ascent, float[] iterates, int slot, int row) {
        if (ascent != null) {
            ascent.end(logits, row * classes, iterates, slot * pixels);
        }
    }

    private FrozenPass pass(int count) {
        int index = (count + GRAIN - 1) / GRAIN;
        var pass = passes[index];
        if (pass == null) {
            pass = new FrozenPass(net, buffers, index * GRAIN);
            passes[index] = pass;
        }
        return pass;
    }

    @Override
    public void close() {
        for (var pass : passes) {
            if (pass != null) {
                pass.close();
            }
        }
        buffers.close();
    }
}
