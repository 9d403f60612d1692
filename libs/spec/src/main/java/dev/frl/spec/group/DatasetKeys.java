package dev.frl.spec.group;

import static dev.frl.spec.key.ValueType.INTEGER;
import static dev.frl.spec.key.ValueType.NUMBER;
import static dev.frl.spec.key.ValueType.SEED;
import static dev.frl.spec.key.ValueType.choice;

import dev.frl.core.settings.DatasetSettings;
import dev.frl.core.settings.DatasetSettings.SplitSettings;
import dev.frl.core.settings.DatasetSettings.SplitSettings.SplitMethod;
import dev.frl.core.settings.MixtureSettings;
import dev.frl.core.settings.RunSettings;
import dev.frl.data.store.Datasets;
import dev.frl.spec.key.Key;
import dev.frl.spec.key.Resolution;
import dev.frl.spec.key.Section;
import dev.frl.spec.key.Section.Group;
import dev.frl.spec.key.ValueType;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** {@code spec.dataset}: which images, and how they are split. */
public final class DatasetKeys {
    private DatasetKeys() {}

    /** Stands in for a split that was refused; large, so that no batch or shard is too large for it. */
    public static final SplitSettings REFUSED =
            new SplitSettings(Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE, 0);

    private static final int VALIDATION_SHARE = 30;

    private static final List<String> NAMES = Stream.concat(
                    Datasets.names().stream(), Stream.of(DatasetSettings.GAUSSIAN_MIXTURE))
            .toList();

    static final Section SECTION = new Section();
    private static final Group DATASET = SECTION.group("spec.dataset", "Which images.");

    public static final Key<String> NAME = DATASET.key("name", ValueType.name(NAMES))
            .required()
            .from(s -> s.dataset().name())
            .means(String.format(
                    Locale.ROOT,
                    "Name of the data set. `%s` is drawn and needs no files.",
                    DatasetSettings.GAUSSIAN_MIXTURE));

    private static final Group MIXTURE = SECTION.group(
            "spec.dataset.mixture",
            "Parameters of `gaussian-mixture`; no other data set has them. Two classes of equal size (Xu et al., 2021,"
                    + " section 2). An image is a row of d pixels; each is 1/2 + x, with x normal around -eta (class `-1`) or +eta"
                    + " (class `+1`). eta and sigma are in units of pixel value, as every epsilon is. Errors depend on ratios"
                    + " only. So numbers from elsewhere, such as eta 1, sigma 1, epsilon 0.25, are all divided by one number that"
                    + " makes eta + 5 · k · sigma at most 0.5: for k 4, by 50. Then all pixels are within [0, 1]. Nets with"
                    + " convolutions need more than one row: use `linear`. examples/gaussian-mixture.yaml shows how to train it.");

    public static final Key<Integer> MIXTURE_D = MIXTURE.key("d", INTEGER)
            .in(MixtureSettings.D_RANGE)
            .byDefault(MixtureSettings.DEFAULT.d())
            .from(mixture(MixtureSettings::d))
            .means("Number of dimensions, which are pixels.");
    public static final Key<Double> MIXTURE_ETA = MIXTURE.key("eta", NUMBER)
            .in(MixtureSettings.ETA_RANGE)
            .byDefault(MixtureSettings.DEFAULT.eta())
            .from(mixture(MixtureSettings::eta))
            .means("Distance of both means from middle grey in every pixel.");
    public static final Key<Double> MIXTURE_SIGMA = MIXTURE.key("sigma", NUMBER)
            .in(MixtureSettings.SIGMA_RANGE)
            .byDefault(MixtureSettings.DEFAULT.sigma())
            .from(mixture(MixtureSettings::sigma))
            .means("Standard deviation of class `-1`.");
    public static final Key<Double> MIXTURE_K = MIXTURE.key("k", NUMBER)
            .in(MixtureSettings.K_RANGE)
            .byDefault(MixtureSettings.DEFAULT.k())
            .from(mixture(MixtureSettings::k))
            .means("The standard deviation of class `+1` is k · sigma.");

    private static final Group SPLIT = SECTION.group(
            "spec.dataset.split",
            "Sizes in images. Training and validation images are drawn, without overlap, from the official training set,"
                    + " test images from the official test set. Of `gaussian-mixture` as many are drawn as the parts need,"
                    + " up to 100,000,000 pixels for training and validation, and for testing.");

    public static final Key<Integer> TRAIN = SPLIT.key("train", INTEGER)
            .in(SplitSettings.SIZE_RANGE)
            .defaultsTo(String.format(
                    Locale.ROOT,
                    "all that validation leaves; %,d of `gaussian-mixture`",
                    SplitSettings.OF_MIXTURE.train()))
            .from(s -> s.dataset().split().train())
            .means("Number of training images.");
    public static final Key<Integer> VALIDATION = SPLIT.key("validation", INTEGER)
            .in(SplitSettings.SIZE_RANGE)
            .defaultsTo(String.format(
                    Locale.ROOT,
                    "1/%d of the official training set, rounded to hundreds (of a set below 3,000 images: to one); %,d of `gaussian-mixture`",
                    VALIDATION_SHARE,
                    SplitSettings.OF_MIXTURE.validation()))
            .from(s -> s.dataset().split().validation())
            .means("Number of images on which the controller evaluates every epoch.");
    public static final Key<Integer> TEST = SPLIT.key("test", INTEGER)
            .in(SplitSettings.SIZE_RANGE)
            .defaultsTo(String.format(
                    Locale.ROOT, "the official test set; %,d of `gaussian-mixture`", SplitSettings.OF_MIXTURE.test()))
            .from(s -> s.dataset().split().test())
            .means("Number of images on which the end of the run is evaluated.");
    public static final Key<Long> SPLIT_SEED = SPLIT.key("seed", SEED)
            .byDefault(1L)
            .from(s -> s.dataset().split().seed())
            .means(
                    "Decides which images are drawn. It is not the run's seed: the seeds of a sweep share one split unless"
                            + " this is swept too.");
    public static final Key<SplitMethod> SPLIT_METHOD = SPLIT.key("method", choice(SplitMethod.class))
            .byDefault(SplitSettings.METHOD)
            .from(s -> s.dataset().split().method())
            .omittedAtDefault()
            .means(
                    "Which images are held out for validation: `seeded` draws them; `last-per-class` takes the last images of"
                            + " every class in the order of the files, the same number of each, so that validation must be a multiple"
                            + " of the number of classes. The authors of Fair Robust Learning hold out the last 300 images of each"
                            + " class of CIFAR-10: `{method: last-per-class, validation: 3000}`. Training images come from the rest.");

    private static <T> Function<RunSettings, @Nullable T> mixture(Function<MixtureSettings, T> part) {
        return s -> {
            var mixture = s.dataset().mixture();
            return mixture == null ? null : part.apply(mixture);
        };
    }

    /**
     * The images that a data set has, for the defaults of the split.
     *
     * @param train in the official training set
     * @param test in the official test set
     */
    public record Available(int train, int test) {
        private SplitSettings split(Resolution r) {
            int share = train / VALIDATION_SHARE;
            int validation = r.get(VALIDATION, Math.max(1, share < 100 ? share : (share + 50) / 100 * 100));
            return new SplitSettings(Math.max(1, train - validation), Math.max(1, validation), test, 0);
        }
    }

    /** @param available null if all sizes must be written */
    public static DatasetSettings settings(Resolution r, @Nullable Available available) {
        String name = r.required(NAME, "such as fashion-mnist", "");
        if (name.equals(DatasetSettings.GAUSSIAN_MIXTURE)) {
            var mixture = r.build(
                    MIXTURE.path(),
                    g -> new MixtureSettings(
                            g.get(MIXTURE_D), g.get(MIXTURE_ETA), g.get(MIXTURE_SIGMA), g.get(MIXTURE_K)));
            return new DatasetSettings(name, split(r, SplitSettings.OF_MIXTURE, available == null), mixture);
        }
        if (r.values().hasGroup(MIXTURE.path())) {
            r.refuseGroup(
                    MIXTURE.path(),
                    String.format(
                            Locale.ROOT,
                            "is given, but only %s is drawn from one; drop it",
                            DatasetSettings.GAUSSIAN_MIXTURE));
        }
        var whole = available == null ? new Available(Integer.MAX_VALUE, Integer.MAX_VALUE) : available;
        return new DatasetSettings(name, split(r, whole.split(r), available == null));
    }

    private static SplitSettings split(Resolution r, SplitSettings otherwise, boolean sizesRequired) {
        if (sizesRequired) {
            for (Key<Integer> size : List.of(TRAIN, VALIDATION, TEST)) {
                r.required(size, "in images", 1);
            }
        }
        return r.build(
                SPLIT.path(),
                g -> new SplitSettings(
                        g.get(TRAIN, otherwise.train()),
                        g.get(VALIDATION, otherwise.validation()),
                        g.get(TEST, otherwise.test()),
                        g.get(SPLIT_SEED),
                        g.get(SPLIT_METHOD)),
                REFUSED);
    }
}
