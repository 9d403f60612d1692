package dev.frl.engine.contract;

import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.AttackSettings.Loss;
import dev.frl.core.settings.AttackSettings.Method;
import dev.frl.core.settings.AttackSettings.Norm;
import dev.frl.core.settings.AttackSettings.Start;
import dev.frl.core.settings.OptimizerSettings;
import dev.frl.core.settings.TrainingMethod;
import dev.frl.engine.RobustNet;
import dev.frl.engine.RobustNet.TrainStep;
import dev.frl.engine.Samples;
import dev.frl.engine.TrainBatch;
import dev.frl.engine.kit.attack.Noise;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.Architecture.BatchNorm;
import dev.frl.engine.net.Architecture.Convolution;
import dev.frl.engine.net.Architecture.Flatten;
import dev.frl.engine.net.Architecture.GlobalAveragePool;
import dev.frl.engine.net.Architecture.Layer;
import dev.frl.engine.net.Architecture.Linear;
import dev.frl.engine.net.Architecture.Relu;
import dev.frl.engine.net.Architecture.Residual;
import dev.frl.engine.net.Architectures;
import dev.frl.engine.net.NamedTensors;
import dev.frl.engine.net.NamedTensors.Floats;
import dev.frl.engine.net.NamedTensors.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** Nets small enough for the reference engine, and samples for them. */
final class Fixtures {
    static final AttackSettings FGSM = new AttackSettings(Method.FGSM, Loss.CROSS_ENTROPY, 0.1, 0.025, 1, Start.CLEAN);

    /** BIM ignores its start; it is UNIFORM to show this. */
    static final AttackSettings BIM = new AttackSettings(Method.BIM, Loss.CROSS_ENTROPY, 0.1, 0.025, 5, Start.UNIFORM);

    static final AttackSettings PGD = new AttackSettings(Method.PGD, Loss.CROSS_ENTROPY, 0.1, 0.025, 5, Start.UNIFORM);
    static final AttackSettings PGD_KL = new AttackSettings(Method.PGD, Loss.KL, 0.1, 0.025, 5, Start.NORMAL);

    static final AttackSettings PGD_CW = new AttackSettings(Method.PGD, Loss.CW, 0.1, 0.025, 5, Start.UNIFORM);
    static final AttackSettings PGD_DLR = new AttackSettings(Method.PGD, Loss.DLR, 0.1, 0.025, 5, Start.UNIFORM);

    static final AttackSettings FGSM_L2 = l2(Method.FGSM, Loss.CROSS_ENTROPY, Start.CLEAN);
    static final AttackSettings BIM_L2 = l2(Method.BIM, Loss.CROSS_ENTROPY, Start.CLEAN);
    static final AttackSettings PGD_L2 = l2(Method.PGD, Loss.CROSS_ENTROPY, Start.UNIFORM);
    static final AttackSettings PGD_L2_KL = l2(Method.PGD, Loss.KL, Start.UNIFORM);

    /** Enough steps for more than three checkpoints. */
    static final AttackSettings APGD = apgd(Norm.LINF, Loss.CROSS_ENTROPY);

    static final AttackSettings APGD_DLR = apgd(Norm.LINF, Loss.DLR);
    static final AttackSettings APGD_KL = apgd(Norm.LINF, Loss.KL);
    static final AttackSettings APGD_L2 = apgd(Norm.L2, Loss.CROSS_ENTROPY);
    static final AttackSettings APGD_L2_CW = apgd(Norm.L2, Loss.CW);

    private static AttackSettings l2(Method method, Loss loss, Start start) {
        return new AttackSettings(method, Norm.L2, loss, 0.8, 0.2, 5, start);
    }

    private static AttackSettings apgd(Norm norm, Loss loss) {
        return new AttackSettings(Method.APGD, norm, loss, 0.1, 0, 12, Start.UNIFORM);
    }

    /** Step size 0: adversarial images are the uniform start, for any weights. */
    static final AttackSettings START_ONLY =
            new AttackSettings(Method.PGD, Loss.CROSS_ENTROPY, 0.1, 0, 1, Start.UNIFORM);

    private Fixtures() {}

    static Stream<AttackSettings> attacks() {
        return Stream.of(FGSM, BIM, PGD, PGD_KL, PGD_CW, PGD_DLR);
    }

    /** Attacks with more than signed steps. */
    static Stream<AttackSettings> ascents() {
        return Stream.of(FGSM_L2, BIM_L2, PGD_L2, PGD_L2_KL, APGD, APGD_DLR, APGD_KL, APGD_L2, APGD_L2_CW);
    }

    /** Like cnn-small: strides, an even kernel, two linear layers. */
    static Architecture plain() {
        return new Architecture(
                "plain",
                1,
                8,
                8,
                4,
                List.of(
                        new Convolution("0", 1, 3, 4, 2, 1),
                        new Relu(),
                        new Convolution("2", 3, 4, 4, 2, 1),
                        new Relu(),
                        new Flatten(),
                        new Linear("5", 16, 5),
                        new Relu(),
                        new Linear("7", 5, 4)));
    }

    /** Like cnn-bn. */
    static Architecture norm() {
        return norm(1, 8, 8);
    }

    static Architecture norm(int channels, int height, int width) {
        return new Architecture(
                "norm",
                channels,
                height,
                width,
                4,
                List.of(
                        new Convolution("0", channels, 3, 3, 1, 1),
                        new BatchNorm("1", 3),
                        new Relu(),
                        new Convolution("3", 3, 4, 3, 2, 1),
                        new BatchNorm("4", 4),
                        new Relu(),
                        new GlobalAveragePool(),
                        new Linear("8", 4, 4)));
    }

    /** Like preactresnet18 and wrn28-*: one block that keeps its input's shape, and one that does not. */
    static Architecture preAct() {
        return new Architecture(
                "pre-act",
                1,
                8,
                8,
                4,
                List.of(
                        unbiased("0", 1, 3, 3, 2),
                        new Residual(
                                List.of(
                                        new BatchNorm("1.bn1", 3),
                                        new Relu(),
                                        unbiased("1.conv1", 3, 3, 3, 1),
                                        new BatchNorm("1.bn2", 3),
                                        new Relu(),
                                        unbiased("1.conv2", 3, 3, 3, 1)),
                                List.of()),
                        new BatchNorm("2.bn1", 3),
                        new Relu(),
                        new Residual(
                                List.of(
                                        unbiased("2.conv1", 3, 4, 3, 2),
                                        new BatchNorm("2.bn2", 4),
                                        new Relu(),
                                        unbiased("2.conv2", 4, 4, 3, 1)),
                                List.of(unbiased("2.shortcut.0", 3, 4, 1, 2))),
                        new BatchNorm("3", 4),
                        new Relu(),
                        new GlobalAveragePool(),
                        new Linear("7", 4, 4)));
    }

    /** Like resnet18. */
    static Architecture postAct() {
        return new Architecture(
                "post-act",
                1,
                8,
                8,
                4,
                List.of(
                        unbiased("0", 1, 3, 3, 2),
                        new BatchNorm("1", 3),
                        new Relu(),
                        new Residual(postActBody("3.", 3, 3, 1), List.of()),
                        new Relu(),
                        new Residual(
                                postActBody("4.", 3, 4, 2),
                                List.of(unbiased("4.shortcut.0", 3, 4, 1, 2), new BatchNorm("4.shortcut.1", 4))),
                        new Relu(),
                        new GlobalAveragePool(),
                        new Linear("7", 4, 4)));
    }

    private static List<Layer> postActBody(String key, int in, int out, int stride) {
        return List.of(
                unbiased(key + "conv1", in, out, 3, stride),
                new BatchNorm(key + "bn1", out),
                new Relu(),
                unbiased(key + "conv2", out, out, 3, 1),
                new BatchNorm(key + "bn2", out));
    }

    private static Convolution unbiased(String key, int in, int out, int kernel, int stride) {
        return new Convolution(key, in, out, kernel, stride, kernel / 2, false);
    }

    static Stream<Architecture> tinyChains() {
        return Stream.of(plain(), norm());
    }

    static Stream<Architecture> tiny() {
        return Stream.of(plain(), norm(), preAct(), postAct());
    }

    /** The tiny nets and the real ones, with one and three channels, for square and other images. */
    static Stream<Architecture> architectures() {
        return Stream.of(
                plain(),
                norm(),
                norm(3, 6, 9),
                preAct(),
                postAct(),
                Architectures.named("linear", 3, 6, 9, 5),
                Architectures.named("cnn-small", 1, 28, 28, 10),
                Architectures.named("cnn-small", 3, 12, 17, 5),
                Architectures.named("cnn-bn", 1, 28, 28, 10),
                Architectures.named("cnn-bn", 3, 9, 14, 5),
                Architectures.narrowed(16, "preactresnet18", 3, 8, 11, 5),
                Architectures.narrowed(16, "resnet18", 3, 8, 11, 5),
                Architectures.narrowed(16, "wrn28-2", 3, 8, 11, 5));
    }

    /** One pixel, two hidden units, two classes: small enough to compute by hand. */
    static Architecture onePixel() {
        return new Architecture(
                "one-pixel",
                1,
                1,
                1,
                2,
                List.of(new Flatten(), new Linear("1", 1, 2), new Relu(), new Linear("3", 2, 2)));
    }

    /** One pixel, four classes, logits linear in the pixel. */
    static Architecture onePixelLinear() {
        return new Architecture("one-pixel-linear", 1, 1, 1, 4, List.of(new Flatten(), new Linear("1", 1, 4)));
    }

    /** Two pixels a and b, classes 0 and 1, logits 0 and 3a + 4b − 7: class 0 wins on all images except the white one. */
    static RobustNet twoPixels(EngineUnderTest engine) {
        var architecture = new Architecture("two-pixels", 1, 1, 2, 2, List.of(new Flatten(), new Linear("1", 2, 2)));
        var tensors = new LinkedHashMap<String, Tensor>();
        tensors.put("1.weight", tensor(List.of(2, 2), 0, 0, 3, 4));
        tensors.put("1.bias", tensor(List.of(2), 0, -7));
        return engine.open(architecture, NamedTensors.of(tensors), 1);
    }

    /** One pixel x, classes 0 and 1, logits 0 and 10 relu(x − 0.4) − 20 relu(x − 0.5) − 0.5, a hat of height 0.5 at 0.5. */
    static RobustNet hat(EngineUnderTest engine) {
        var tensors = new LinkedHashMap<String, Tensor>();
        tensors.put("1.weight", tensor(List.of(2, 1), 1, 1));
        tensors.put("1.bias", tensor(List.of(2), -0.4, -0.5));
        tensors.put("3.weight", tensor(List.of(2, 2), 0, 0, 10, -20));
        tensors.put("3.bias", tensor(List.of(2), 0, -0.5));
        return engine.open(onePixel(), NamedTensors.of(tensors), 1);
    }

    /**
     * Initial weights, with random statistics, scale and shift of batch norm. The shift of the first channel is higher by 2, so
     * that at every image some units pass the ReLUs: without them a net has no slope, and a wrong step would have no effect.
     */
    static NamedTensors state(Architecture architecture, long seed) {
        var random = new SplittableRandom(seed);
        var tensors = new LinkedHashMap<>(architecture.initialState(seed).asMap());
        for (var layer : architecture.leaves()) {
            if (layer instanceof BatchNorm norm) {
                for (var name : List.of(".weight", ".bias", ".running_mean", ".running_var")) {
                    double low = name.equals(".weight") || name.equals(".running_var") ? 0.5 : -0.5;
                    var drawn = random(List.of(norm.channels()), low, low + 1, random);
                    drawn.values()[0] += name.equals(".bias") ? 2 : 0;
                    tensors.put(norm.key() + name, drawn);
                }
            }
        }
        return NamedTensors.of(tensors);
    }

    /** Values of the counter hash, seeded by the position of the tensor; golden/make_golden.py computes the same. */
    static NamedTensors counted(Architecture architecture) {
        var tensors = new LinkedHashMap<>(architecture.initialState(0).asMap());
        int place = 0;
        for (var name : architecture.shapes().keySet()) {
            if (tensors.get(name) instanceof Floats floats) {
                boolean positive = name.endsWith(".running_var") || name.endsWith(".weight");
                int rows = floats.shape().size() > 1 ? floats.shape().get(0) : 0;
                for (int i = 0; i < floats.size(); i++) {
                    double u = Noise.uniform(place, i);
                    floats.values()[i] = (float)
                            (rows > 0
                                    ? (2 * u - 1) * Math.sqrt(3 / ((double) floats.size() / rows))
                                    : u + (positive ? 0.5 : -0.5));
                }
            }
            place++;
        }
        return NamedTensors.of(tensors);
    }

    /** The same state with one other tensor. */
    static NamedTensors with(NamedTensors state, String name, Tensor tensor) {
        var tensors = new LinkedHashMap<>(state.asMap());
        tensors.put(name, tensor);
        return NamedTensors.of(tensors);
    }

    /** The same state with one other value. */
    static NamedTensors with(NamedTensors state, String name, int position, float value) {
        var values = floats(state, name).clone();
        values[position] = value;
        return with(state, name, new Floats(state.get(name).shape(), values));
    }

    static float[] floats(NamedTensors state, String name) {
        return ((Floats) state.get(name)).values();
    }

    static Floats tensor(List<Integer> shape, double... values) {
        var floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return new Floats(shape, floats);
    }

    /** Samples with a radius for this attack: 0.1 in L-infinity, and the length of 0.1 at each pixel in L2. */
    static Samples samples(Architecture architecture, int count, AttackSettings attack, long seed) {
        return samples(
                architecture, count, attack.norm() == Norm.LINF ? 0.1 : 0.1 * Math.sqrt(architecture.pixels()), seed);
    }

    /** Random images and labels; every sample has this radius and its own seed. */
    static Samples samples(Architecture architecture, int count, double radius, long seed) {
        var random = new SplittableRandom(seed);
        var images =
                random(List.of(count * architecture.pixels()), 0, 1, random).values();
        var labels = random.ints(count, 0, architecture.classes()).toArray();
        var radii = new float[count];
        Arrays.fill(radii, (float) radius);
        return new Samples(images, labels, radii, random.longs(count).toArray());
    }

    /** The same samples with pixels scaled to 0.25 to 0.75. */
    static Samples inner(Samples samples) {
        var images = samples.images().clone();
        for (int p = 0; p < images.length; p++) {
            images[p] = images[p] / 2 + 0.25f;
        }
        return new Samples(images, samples.labels(), samples.radius(), samples.seeds());
    }

    /** Some of the samples, from {@code from} to before {@code to}. */
    static Samples slice(Samples samples, int from, int to) {
        int pixels = samples.images().length / samples.count();
        return new Samples(
                Arrays.copyOfRange(samples.images(), from * pixels, to * pixels),
                Arrays.copyOfRange(samples.labels(), from, to),
                Arrays.copyOfRange(samples.radius(), from, to),
                Arrays.copyOfRange(samples.seeds(), from, to));
    }

    static TrainBatch batch(Architecture architecture, int count, long seed) {
        var random = new SplittableRandom(seed);
        return new TrainBatch(
                samples(architecture, count, 0.1, seed),
                random(List.of(count), 0.1, 1, random).values(),
                random(List.of(count), 0.1, 1, random).values());
    }

    static TrainStep step(TrainingMethod method, AttackSettings attack, double learningRate) {
        return new TrainStep(method, 6, attack, OptimizerSettings.DEFAULT, learningRate);
    }

    private static Floats random(List<Integer> shape, double low, double high, SplittableRandom random) {
        int size = shape.stream().reduce(1, Math::multiplyExact);
        var values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextDouble(low, high);
        }
        return new Floats(shape, values);
    }
}
