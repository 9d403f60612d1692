package dev.frl.engine.net;

import dev.frl.engine.net.Architecture.BatchNorm;
import dev.frl.engine.net.Architecture.Convolution;
import dev.frl.engine.net.Architecture.Flatten;
import dev.frl.engine.net.Architecture.GlobalAveragePool;
import dev.frl.engine.net.Architecture.Layer;
import dev.frl.engine.net.Architecture.Linear;
import dev.frl.engine.net.Architecture.Relu;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The architectures that specs may name. The keys of {@code linear} and {@code cnn-*} are those of a PyTorch {@code
 * nn.Sequential} of the same layers.
 */
public final class Architectures {
    private Architectures() {}

    /** Names in specs. */
    public static List<String> names() {
        return List.of("linear", "cnn-small", "cnn-bn", "preactresnet18", "resnet18", "wrn28-2", "wrn28-10");
    }

    /**
     * @throws IllegalArgumentException if the name is unknown or the images are too small for it; the message says which
     */
    public static Architecture named(String name, int channels, int height, int width, int classes) {
        return narrowed(1, name, channels, height, width, classes);
    }

    /**
     * The same layers with fewer channels: small enough for tests, with the same structure.
     *
     * @param divisor divides the output channels of every convolution; divides 16
     * @throws IllegalArgumentException as {@link #named} does
     */
    public static Architecture narrowed(int divisor, String name, int channels, int height, int width, int classes) {
        return switch (name) {
            case "linear" -> linear(channels, height, width, classes);
            case "cnn-small" -> cnnSmall(16 / divisor, channels, height, width, classes);
            case "cnn-bn" -> cnnBn(16 / divisor, channels, height, width, classes);
            case "preactresnet18" -> ResidualNets.preActResNet18(64 / divisor, channels, height, width, classes);
            case "resnet18" -> ResidualNets.resNet18(64 / divisor, channels, height, width, classes);
            case "wrn28-2" -> ResidualNets.wideResNet(2, 16 / divisor, channels, height, width, classes);
            case "wrn28-10" -> ResidualNets.wideResNet(10, 16 / divisor, channels, height, width, classes);
            default ->
                throw new IllegalArgumentException(String.format(
                        Locale.ROOT, "architecture %s is unknown; known: %s", name, String.join(", ", names())));
        };
    }

    /** One weight for each pixel and class, and one bias for each class. */
    static Architecture linear(int channels, int height, int width, int classes) {
        return new Architecture(
                "linear",
                channels,
                height,
                width,
                classes,
                List.of(new Flatten(), new Linear("1", channels * height * width, classes)));
    }

    /** Two 4x4 convolutions with stride 2, w and 2w channels, then 100 hidden units. */
    static Architecture cnnSmall(int w, int channels, int height, int width, int classes) {
        var first = new Convolution("0", channels, w, 4, 2, 1);
        var second = new Convolution("2", w, 2 * w, 4, 2, 1);
        int h = second.outputSize(first.outputSize(height));
        int v = second.outputSize(first.outputSize(width));
        requireLargeEnough("cnn-small", height, width, Math.min(height, width) >= 4 && h > 0 && v > 0);
        return new Architecture(
                "cnn-small",
                channels,
                height,
                width,
                classes,
                List.of(
                        first,
                        new Relu(),
                        second,
                        new Relu(),
                        new Flatten(),
                        new Linear("5", 2 * w * h * v, 100),
                        new Relu(),
                        new Linear("7", 100, classes)));
    }

    /** Four 3x3 convolutions with batch norm, w, 2w, 4w, 4w channels and strides 1, 2, 2, 2, then global average pooling. */
    static Architecture cnnBn(int w, int channels, int height, int width, int classes) {
        requireLargeEnough("cnn-bn", height, width, Math.min(height, width) >= 2);
        int[] out = {w, 2 * w, 4 * w, 4 * w};
        var layers = new ArrayList<Layer>();
        int in = channels;
        for (int i = 0; i < out.length; i++) {
            layers.add(new Convolution(String.valueOf(3 * i), in, out[i], 3, i == 0 ? 1 : 2, 1));
            layers.add(new BatchNorm(String.valueOf(3 * i + 1), out[i]));
            layers.add(new Relu());
            in = out[i];
        }
        layers.add(new GlobalAveragePool());
        layers.add(new Linear("14", in, classes));
        return new Architecture("cnn-bn", channels, height, width, classes, layers);
    }

    static void requireLargeEnough(String name, int height, int width, boolean ok) {
        if (!ok) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT, "%s does not fit images of %d x %d: they are too small", name, height, width));
        }
    }
}
