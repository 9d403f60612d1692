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
 * Draws a Gaussian mixture, as {@link MixtureSettings} describes it; there is nothing to read. The two classes alternate, −1
 * first, so each has half of any number of samples. A sample depends on the seed, on whether it is for training or testing
 * and on its number alone: more samples keep those there were.
 *
 * <pre>
 *   x = yη + σ_y √(−2 ln(1 − u)) cos 2πv, then sin 2πv      Box and Muller's pairs, of u and v uniform in [0, 1)
 * </pre>
 *
 * {@link StrictMath}, because every service that draws the same samples must get the same bits, on any machine.
 */
public final class MixtureFormat implements CatalogueEntry.Format {
    /** By label: y = −1, which is the easy class, and y = +1. */
    static final List<String> CLASSES = List.of("-1", "+1");

    private static final int TRAIN = 0;
    private static final int TEST = 1;

    private final MixtureSettings mixture;
    private final long seed;

    private MixtureFormat(MixtureSettings mixture, long seed) {
        this.mixture = mixture;
        this.seed = seed;
    }

    /** @param mixture of the settings */
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

    /** Of {@link SplittableRandom#nextLong()} alone: how Java makes doubles of it may change between releases. */
    private static double uniform(SplittableRandom random) {
        return (random.nextLong() >>> 11) * 0x1p-53;
    }

    private static float pixel(double value) {
        return (float) Math.max(0, Math.min(1, value));
    }
}
