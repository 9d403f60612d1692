package dev.frl.data.store;

import dev.frl.data.file.DataFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Other forms of the same data sets, which are not read, and what would be right instead. */
final class OtherForms {
    private static final Map<Pattern, String> FORMS = new LinkedHashMap<>();

    static {
        form(
                "cifar-10(0)?-(batches-py|python).*",
                "is the version for Python, a pickle, and reading a pickle runs its code:"
                        + " get the binary version, cifar-10-binary.tar.gz or cifar-100-binary.tar.gz");
        form(
                "cifar-10-batches-bin|cifar-100-binary",
                "is unpacked, and only the published archive has a published checksum:"
                        + " put cifar-10-binary.tar.gz or cifar-100-binary.tar.gz there as it is");
        form(
                "cifar-10(0)?-matlab.*|cifar-10-batches-mat",
                "is the version for MATLAB: get the binary version,"
                        + " cifar-10-binary.tar.gz or cifar-100-binary.tar.gz");
        form(
                "cifar-10(0)?-binary\\.(tar|zip|7z)",
                "is the archive in another form, as a browser unpacks it, and only the published one has a published"
                        + " checksum: download cifar-10-binary.tar.gz or cifar-100-binary.tar.gz as it is, with curl -O");
        form(
                ".*-ubyte(\\.gz)?\\.(gz|bz2|xz|zst|lz4|7z|rar|tar)|.*\\.mat\\.[a-z0-9]+",
                "is compressed in another form: unpack it there");
        form(".*( \\([0-9]+\\)| - copy).*", "is a copy of a name of its own: rename it");
        form("(train|test|extra)_32x32\\.(h5|hdf5|npz|mat5)", "is SVHN in another form: get the files of the authors");
        form(
                "(train|test|extra)\\.tar\\.gz",
                "is SVHN with whole house numbers: get the cropped digits, train_32x32.mat and" + " test_32x32.mat");
        form(
                "mnist\\.npz|.*\\.npz",
                "is a file of NumPy or Keras: get the four IDX files, such as train-images-idx3-ubyte.gz");
        form(
                ".*\\.parquet|.*\\.arrow|dataset_infos?\\.json",
                "is a file of Hugging Face's datasets: get the files of the authors");
        form(".*(mnist|cifar).*\\.csv|(train|test)\\.csv", "is a table: get the files of the authors");
        form(".*\\.(tfrecord.*|pkl|pickle|pt)", "is made by another program for itself: get the files of the authors");
        form(".*\\.zip", "is an archive: unpack it there");
    }

    private OtherForms() {}

    private static void form(String name, String why) {
        FORMS.put(Pattern.compile(name), why);
    }

    /** What stands in place of these files and is none, as a sentence; nobody sees where a link leads. */
    static Optional<String> inPlaceOf(List<DataFile> files, List<Path> folders) {
        return folders.stream()
                .flatMap(folder -> files.stream().map(file -> folder.resolve(file.name())))
                .filter(path -> Files.exists(path, LinkOption.NOFOLLOW_LINKS) && !Files.isRegularFile(path))
                .findFirst()
                .map(path -> path
                        + (Files.isDirectory(path)
                                ? " is a folder."
                                : Files.exists(path) ? " is no regular file." : " is a link that leads nowhere."));
    }

    /** The first of each kind in these folders, as sentences. */
    static Optional<String> in(List<Path> folders) {
        var found = new LinkedHashMap<String, String>();
        for (Path folder : folders) {
            for (String name : names(folder)) {
                String lower = name.toLowerCase(Locale.ROOT);
                FORMS.entrySet().stream()
                        .filter(form -> form.getKey().matcher(lower).matches())
                        .findFirst()
                        .ifPresent(form ->
                                found.putIfAbsent(form.getValue(), folder.resolve(name) + " " + form.getValue() + "."));
            }
        }
        return found.isEmpty() ? Optional.empty() : Optional.of(String.join(" ", found.values()));
    }

    private static List<String> names(Path folder) {
        var names = new ArrayList<String>();
        try (var files = Files.newDirectoryStream(folder)) {
            files.forEach(file -> names.add(file.getFileName().toString()));
        } catch (IOException e) {
            return names; // no such folder
        }
        names.sort(null);
        return names;
    }
}
