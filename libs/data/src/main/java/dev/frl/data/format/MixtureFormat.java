package dev.frl.data.format;

import dev.frl.core.Seeds;
import dev.frl.core.Seeds.Purpose;
import dev.frl.core.settings.DatasetSettings;
import dev.frl.core.settings.MixtureSettings;
import dev.frl.data.CatalogueEntry;
import dev.frl.data.Dataset;
import dev.frl.data.ImageSet;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Draws the Gaussian mixture of {@link MixtureSettings}; it has no files. The two classes alternate, −1 first, so each class has
 * half of the samples. A sample depends only on the seed, on its number, and on whether it is a training or a test sample: a
 * larger data set contains the smaller one.
 *
 * <pre>
 *   x = yη + σ_y √(−2 ln(1 − u)) cos 2πv, then sin 2πv      Box-Muller pairs, with u and v uniform in [0, 1)
 * </pre>
 *
 * Uses {@link StrictMath}, because every service must draw the same bits on any machine.
 */
public final class MixtureFormat implements CatalogueEntry.Format {
    /** Names by label: y = −1, the easy class, then y = +1. */
    static final List<String> CLASSES = List.of("-1", "+1");

    private static final int TRAIN = 0;
    private static final int TEST = 1;

    private final MixtureSettings mixture;
    private final long seed;

    private MixtureFormat(MixtureSettings mixture, long seed) {
        this.mixture = mixture;
        this.seed = seed;
    }

    /** The catalogue entry of a mixture whose training and test set are as large as the split. */
    public static CatalogueEntry entry(MixtureSettings mixture, DatasetSettings.SplitSettings split) {
        return new CatalogueEntry(
                DatasetSettings.GAUSSIAN_MIXTURE,
                CLASSES,
                1,
                1,
                mixture.d(),
                Math.addExact(split.train(), split.validation()),
                Math.addExact(split.train(), split.validation()) / CLASSES.size(),
                split.test(),
                List.of(),
                List.of(),
                new MixtureFormat(mixture, split.seed()),
                List.of());
    }

    @Override
    public Dataset read(CatalogueEntry entry, Path folder) {
        return new Dataset(entry, draw(entry.trainSize(), TRAIN), draw(entry.testSize(), TEST));
    }

    private ImageSet draw(int count, int part) {
        int d = mixture.d();
        var pixels = new float[Math.multiplyExact(count, d)];
        var labels = new byte[count];
        for (int i = 0; i < count; i++) {
            labels[i] = (byte) (i % CLASSES.size());
            draw(labels[i], Seeds.derive(seed, Purpose.MIXTURE_SAMPLE, part, i), pixels, i * d);
        }
        return ImageSet.ofFloats(1, 1, d, CLASSES.size(), pixels, labels);
    }

    private void draw(int label, long seed, float[] into, int at) {
        double mean = 0.5 + (label == 0 ? -mixture.eta() : mixture.eta());
        double deviation = mixture.sigma() * (label == 0 ? 1 : mixture.k());
        var random = new SplittableRandom(seed);
        for (int p = 0; p < mixture.d(); p += 2) {
            double length = deviation * StrictMath.sqrt(-2 * StrictMath.log(1 - uniform(random)));
            double angle = 2 * Math.PI * uniform(random);
            into[at + p] = pixel(mean + length * StrictMath.cos(angle));
            if (p + 1 < mixture.d()) {
                into[at + p + 1] = pixel(mean + length * StrictMath.sin(angle));
            }
        }
    }

    /** Uniform in [0, 1). Uses only nextLong: how Java computes doubles from it may change between releases. */
    private static double uniform(SplittableRandom random) {
        return (random.nextLong() >>> 11) * 0x1p-53;
    }

    private static float pixel(double value) {
        return (float) Math.max(0, Math.min(1, value));
    }
}
