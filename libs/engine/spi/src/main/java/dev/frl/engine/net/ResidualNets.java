package dev.frl.engine.net;

import dev.frl.engine.net.Architecture.BatchNorm;
import dev.frl.engine.net.Architecture.Convolution;
import dev.frl.engine.net.Architecture.GlobalAveragePool;
import dev.frl.engine.net.Architecture.Layer;
import dev.frl.engine.net.Architecture.Linear;
import dev.frl.engine.net.Architecture.Relu;
import dev.frl.engine.net.Architecture.Residual;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Residual nets that publications use on CIFAR, with the state-dict names of the code of their public checkpoints. The last
 * pooling is over the whole map: on images of 32x32 this equals the published code, and it is defined for other sizes.
 */
public final class ResidualNets {
    private static final int[] STRIDES = {1, 2, 2, 2};

    private ResidualNets() {}

    /**
     * Batch norm and activation before each convolution (He et al., 2016, "Identity mappings"); two blocks of two 3x3
     * convolutions at each of four widths. No batch norm before the last pooling, as in the code of Xu et al.
     *
     * @param width width of the first stage; 64 in ResNet18
     */
    static Architecture preActResNet18(int width, int channels, int height, int imageWidth, int classes) {
        requireLargeEnough("preactresnet18", height, imageWidth);
        var layers = new ArrayList<Layer>();
        layers.add(convolution3("conv1", channels, width, 1));
        int in = width;
        for (int stage = 0; stage < STRIDES.length; stage++) {
            int out = width << stage;
            for (int block = 0; block < 2; block++) {
                var key = String.format(Locale.ROOT, "layer%d.%d.", stage + 1, block);
                int stride = block == 0 ? STRIDES[stage] : 1;
                layers.addAll(preActBlock(key, key + "shortcut.0", in, out, stride));
                in = out;
            }
        }
        layers.add(new GlobalAveragePool());
        layers.add(new Linear("linear", in, classes));
        return new Architecture("preactresnet18", channels, height, imageWidth, classes, layers);
    }

    /**
     * Batch norm after each convolution and activation after the sum (He et al., 2015); the stages of {@link
     * #preActResNet18}.
     *
     * @param width width of the first stage; 64 in ResNet18
     */
    static Architecture resNet18(int width, int channels, int height, int imageWidth, int classes) {
        requireLargeEnough("resnet18", height, imageWidth);
        var layers = new ArrayList<Layer>();
        layers.add(convolution3("conv1", channels, width, 1));
        layers.add(new BatchNorm("bn1", width));
        layers.add(new Relu());
        int in = width;
        for (int stage = 0; stage < STRIDES.length; stage++) {
            int out = width << stage;
            for (int block = 0; block < 2; block++) {
                var key = String.format(Locale.ROOT, "layer%d.%d.", stage + 1, block);
                layers.add(block(key, in, out, block == 0 ? STRIDES[stage] : 1));
                layers.add(new Relu());
                in = out;
            }
        }
        layers.add(new GlobalAveragePool());
        layers.add(new Linear("linear", in, classes));
        return new Architecture("resnet18", channels, height, imageWidth, classes, layers);
    }

    /**
     * WRN-28 of Zagoruyko and Komodakis (2016) without dropout, with the names of the code of TRADES: three stages of four
     * pre-activation blocks, and a batch norm before the last pooling.
     *
     * @param widen width of the first stage as a multiple of the stem's width
     * @param stem width of the first convolution's output; 16 in WRN
     */
    static Architecture wideResNet(int widen, int stem, int channels, int height, int imageWidth, int classes) {
        var name = "wrn28-" + widen;
        requireLargeEnough(name, height, imageWidth);
        var layers = new ArrayList<Layer>();
        layers.add(convolution3("conv1", channels, stem, 1));
        int in = stem;
        for (int stage = 0; stage < 3; stage++) {
            int out = (stem * widen) << stage;
            for (int block = 0; block < 4; block++) {
                var key = String.format(Locale.ROOT, "block%d.layer.%d.", stage + 1, block);
                int stride = block == 0 ? STRIDES[stage] : 1;
                layers.addAll(preActBlock(key, key + "convShortcut", in, out, stride));
                in = out;
            }
        }
        layers.add(new BatchNorm("bn1", in));
        layers.add(new Relu());
        layers.add(new GlobalAveragePool());
        layers.add(new Linear("fc", in, classes));
        return new Architecture(name, channels, height, imageWidth, classes, layers);
    }

    /** If the shape changes, the first batch norm and activation are before the fork; if not, they are in the body. */
    private static List<Layer> preActBlock(String key, String shortcutKey, int in, int out, int stride) {
        List<Layer> first = List.of(new BatchNorm(key + "bn1", in), new Relu());
        List<Layer> rest = List.of(
                convolution3(key + "conv1", in, out, stride),
                new BatchNorm(key + "bn2", out),
                new Relu(),
                convolution3(key + "conv2", out, out, 1));
        var layers = new ArrayList<Layer>(first);
        if (stride == 1 && in == out) {
            layers.addAll(rest);
            return List.of(new Residual(layers, List.of()));
        }
        layers.add(new Residual(rest, List.of(new Convolution(shortcutKey, in, out, 1, stride, 0, false))));
        return layers;
    }

    private static Layer block(String key, int in, int out, int stride) {
        List<Layer> body = List.of(
                convolution3(key + "conv1", in, out, stride),
                new BatchNorm(key + "bn1", out),
                new Relu(),
                convolution3(key + "conv2", out, out, 1),
                new BatchNorm(key + "bn2", out));
        List<Layer> shortcut = stride == 1 && in == out
                ? List.of()
                : List.of(
                        new Convolution(key + "shortcut.0", in, out, 1, stride, 0, false),
                        new BatchNorm(key + "shortcut.1", out));
        return new Residual(body, shortcut);
    }

    private static Convolution convolution3(String key, int in, int out, int stride) {
        return new Convolution(key, in, out, 3, stride, 1, false);
    }

    private static void requireLargeEnough(String name, int height, int width) {
        Architectures.requireLargeEnough(name, height, width, Math.min(height, width) >= 8);
    }
}
