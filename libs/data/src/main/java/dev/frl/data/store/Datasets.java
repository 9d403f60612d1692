package dev.frl.data.store;

import dev.frl.core.settings.DatasetSettings;
import dev.frl.data.CatalogueEntry;
import dev.frl.data.file.DataFile;
import dev.frl.data.file.DataSource;
import dev.frl.data.file.DebianPackageSource;
import dev.frl.data.file.HttpSource;
import dev.frl.data.format.CifarFormat;
import dev.frl.data.format.MixtureFormat;
import dev.frl.data.format.MnistFormat;
import dev.frl.data.format.SvhnFormat;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The data sets that specs may name. */
public final class Datasets {
    private static final List<String> DIGITS = List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");

    /** Fine labels, in the order of the archive's fine_label_names.txt. */
    private static final List<String> CIFAR100_CLASSES = List.of("""
            apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly
            camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup
            dinosaur dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower
            leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid
            otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine possum rabbit raccoon ray
            road rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel streetcar
            sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle
            wardrobe whale willow_tree wolf woman worm
            """.split("\\s+"));

    private static final Map<String, CatalogueEntry> BY_NAME = new LinkedHashMap<>();

    static {
        add(fashionMnist());
        add(mnist());
        add(cifar10());
        add(cifar100());
        add(svhn());
    }

    private Datasets() {}

    /** Names of the data sets that have files. */
    public static List<String> names() {
        return List.copyOf(BY_NAME.keySet());
    }

    /** @throws IllegalArgumentException if the name is unknown; the message lists the known ones */
    public static CatalogueEntry named(String name) {
        var entry = BY_NAME.get(name);
        if (entry == null) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "data set %s is unknown; known: %s", name, String.join(", ", names())));
        }
        return entry;
    }

    /** The file and the data set that have the content of this SHA-256, such as {@code train-labels-idx1-ubyte.gz of mnist}. */
    static Optional<String> whoseContent(String sha256) {
        return BY_NAME.values().stream()
                .flatMap(entry -> entry.files().stream()
                        .filter(file -> file.contentSha256().equals(sha256))
                        .map(file -> file.name() + " of " + entry.name()))
                .findFirst();
    }

    /**
     * The data set of a run: one with files, or the Gaussian mixture, whose entry has as many images as the split needs.
     *
     * @throws IllegalArgumentException if the name is unknown
     */
    public static CatalogueEntry of(DatasetSettings settings) {
        var mixture = settings.mixture();
        return mixture == null ? named(settings.name()) : MixtureFormat.entry(mixture, settings.split());
    }

    private static void add(CatalogueEntry entry) {
        BY_NAME.put(entry.name(), entry);
    }

    /**
     * Xiao, Rasul and Vollgraf, 2017; MIT licence.
     *
     * <p>The checksums are of the uncompressed content, because two compressed variants exist: Debian's files have the official
     * deflate stream behind a gzip header without file name. With the official header restored, Debian's four files have the
     * MD5 sums of the project's README (checked on 2026-11-22, package 0.0~git20200523.55506a9-1). So both variants, and files
     * that a user has uncompressed, have the same content.
     */
    private static CatalogueEntry fashionMnist() {
        return new CatalogueEntry(
                "fashion-mnist",
                List.of(
                        "T-shirt/top",
                        "Trouser",
                        "Pullover",
                        "Dress",
                        "Coat",
                        "Sandal",
                        "Shirt",
                        "Sneaker",
                        "Bag",
                        "Ankle boot"),
                1,
                28,
                28,
                60_000,
                6_000,
                10_000,
                // The second is torchvision's folder.
                List.of("fashion-mnist", "FashionMNIST/raw"),
                List.of(
                        new DataFile(
                                MnistFormat.TRAIN_IMAGES,
                                47_040_016,
                                "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"),
                        new DataFile(
                                MnistFormat.TRAIN_LABELS,
                                60_008,
                                "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
                        new DataFile(
                                MnistFormat.TEST_IMAGES,
                                7_840_016,
                                "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"),
                        new DataFile(
                                MnistFormat.TEST_LABELS,
                                10_008,
                                "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34")),
                new MnistFormat(),
                List.of(
                        new HttpSource(
                                "github.com/zalandoresearch/fashion-mnist",
                                URI.create(
                                        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/")),
                        new DebianPackageSource("dataset-fashion-mnist", "usr/share/datasets/fashion-mnist")));
    }

    /**
     * LeCun, Cortes and Burges, 1998. Its site, yann.lecun.com/exdb/mnist, no longer serves the files; the sources are the
     * mirrors of torchvision and of the CVDF.
     *
     * <p>The checksums are of the uncompressed content, as for Fashion-MNIST. Independent public repositories that pin the
     * uncompressed files agree on all four (ZML's build is one, for the test images). Several list them beside the checksums of
     * the compressed files, which equal those of TensorFlow Datasets' {@code url_checksums/mnist.txt} and, by MD5, those of
     * torchvision's {@code mnist.py} (looked up on 2026-11-22).
     */
    private static CatalogueEntry mnist() {
        return new CatalogueEntry(
                "mnist",
                DIGITS,
                1,
                28,
                28,
                60_000,
                5_421,
                10_000,
                List.of("mnist", "MNIST/raw"),
                List.of(
                        new DataFile(
                                MnistFormat.TRAIN_IMAGES,
                                47_040_016,
                                "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
                        new DataFile(
                                MnistFormat.TRAIN_LABELS,
                                60_008,
                                "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
                        new DataFile(
                                MnistFormat.TEST_IMAGES,
                                7_840_016,
                                "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
                        new DataFile(
                                MnistFormat.TEST_LABELS,
                                10_008,
                                "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2")),
                new MnistFormat(),
                List.of(
                        new HttpSource(
                                "ossci-datasets.s3.amazonaws.com/mnist",
                                URI.create("https://ossci-datasets.s3.amazonaws.com/mnist/")),
                        new HttpSource(
                                "storage.googleapis.com/cvdf-datasets/mnist",
                                URI.create("https://storage.googleapis.com/cvdf-datasets/mnist/"))));
    }

    /**
     * Krizhevsky, 2009: the binary version.
     *
     * <p>Size and SHA-256 of the archive: TensorFlow Datasets' {@code url_checksums/cifar10.txt}. Others pin the same SHA-256
     * beside the MD5 that the authors publish, c32a1d4a…7530.
     */
    private static CatalogueEntry cifar10() {
        var archive = "cifar-10-binary.tar.gz";
        return new CatalogueEntry(
                "cifar10",
                List.of("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
                3,
                32,
                32,
                50_000,
                5_000,
                10_000,
                List.of("cifar10"),
                List.of(new DataFile(
                        archive, 170_052_171, "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd")),
                new CifarFormat(
                        archive,
                        1,
                        List.of(
                                "data_batch_1.bin",
                                "data_batch_2.bin",
                                "data_batch_3.bin",
                                "data_batch_4.bin",
                                "data_batch_5.bin"),
                        "test_batch.bin"),
                List.of(toronto()));
    }

    /**
     * Krizhevsky, 2009: the binary version, with its 100 fine labels.
     *
     * <p>Size and SHA-256 of the archive: TensorFlow Datasets' {@code url_checksums/cifar100.txt}; the same in MLDatasets.jl.
     */
    private static CatalogueEntry cifar100() {
        var archive = "cifar-100-binary.tar.gz";
        return new CatalogueEntry(
                "cifar100",
                CIFAR100_CLASSES,
                3,
                32,
                32,
                50_000,
                500,
                10_000,
                List.of("cifar100"),
                List.of(new DataFile(
                        archive, 168_513_733, "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec")),
                new CifarFormat(archive, 2, List.of("train.bin"), "test.bin"),
                List.of(toronto()));
    }

    private static DataSource toronto() {
        return new HttpSource("www.cs.toronto.edu/~kriz", URI.create("https://www.cs.toronto.edu/~kriz/"));
    }

    /**
     * Netzer et al., 2011: house numbers, cropped to single digits; for non-commercial use. The 531,131 easier extra images are
     * not used.
     *
     * <p>Sizes and SHA-256: TensorFlow Datasets' {@code url_checksums/svhn_cropped.txt}; the same in torchvision's prototype data
     * set.
     */
    private static CatalogueEntry svhn() {
        return new CatalogueEntry(
                "svhn",
                DIGITS,
                3,
                32,
                32,
                73_257,
                4_659,
                26_032,
                List.of("svhn"),
                List.of(
                        new DataFile(
                                SvhnFormat.TRAIN,
                                182_040_794,
                                "435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8"),
                        new DataFile(
                                SvhnFormat.TEST,
                                64_275_384,
                                "cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b")),
                new SvhnFormat(),
                List.of(new HttpSource(
                        "ufldl.stanford.edu/housenumbers", URI.create("http://ufldl.stanford.edu/housenumbers/"))));
    }
}
