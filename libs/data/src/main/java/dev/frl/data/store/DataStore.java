package dev.frl.data.store;

import dev.frl.data.CatalogueEntry;
import dev.frl.data.DataException;
import dev.frl.data.Dataset;
import dev.frl.data.file.DataFile;
import dev.frl.data.file.DataSource;
import dev.frl.data.file.FileCheck;
import dev.frl.data.file.FolderLock;
import dev.frl.data.file.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds, verifies, downloads and loads data sets. It searches these folders, in this order:
 *
 * <ol>
 *   <li>the folder that the user named, or a folder of the data set's name in it; then no other folder is searched
 *   <li>{@code /usr/share/datasets/NAME}, the folder of Debian's packages
 *   <li>the cache, {@code HOME/data/NAME}, into which {@link #get} downloads
 * </ol>
 *
 * <p>Every load verifies the files first (half a second for Fashion-MNIST), so no run trains on damaged data. Safe to use from
 * several threads and processes at once.
 */
public final class DataStore {
    /** Where torchvision keeps the files of a data set, below its folder. */
    private static final String RAW = "raw";

    /** What names the folder: services have the variable only. */
    private static final String SETTING = "FRL_DATA (frl: --data)";

    /** How far below the named folder the files are searched, to say where they are. */
    private static final int DEPTH = 5;

    private static final int MOST_FOLDERS = 1_000;

    private static final Path SYSTEM = Path.of("/usr/share/datasets");

    private final @Nullable Path named;
    private final List<Path> system;
    private final Path cache;
    private final Progress progress;
    private final @Nullable DataMirror mirror;

    /**
     * @param named the folder that the user named, or null
     * @param home folder of this program's own files; need not exist
     */
    public DataStore(@Nullable Path named, Path home, Progress progress) {
        this(named, home, progress, null);
    }

    /** @param mirror where files are asked for first, or null */
    public DataStore(@Nullable Path named, Path home, Progress progress, @Nullable DataMirror mirror) {
        this(named, List.of(SYSTEM), home, progress, mirror);
    }

    DataStore(@Nullable Path named, List<Path> system, Path home, Progress progress, @Nullable DataMirror mirror) {
        this.named = named;
        this.system = List.copyOf(system);
        this.cache = home.resolve("data");
        this.progress = progress;
        this.mirror = mirror;
    }

    /**
     * The folder that has all files of the data set. The content is not verified.
     *
     * @return empty if the data set must be downloaded first
     * @throws DataException if the folder that the user named does not exist or lacks a file
     */
    public Optional<Path> find(CatalogueEntry entry) {
        return candidates(entry).stream().findFirst();
    }

    /**
     * Verifies every file in the folder from which {@link #load} would read it.
     *
     * @return one result per file of the entry, in its order; results for the cache if no folder has all files
     * @throws DataException if the folder that the user named does not exist or lacks a file
     */
    public List<FileCheck> verify(CatalogueEntry entry) {
        List<FileCheck> first = List.of();
        for (var folder : candidates(entry)) {
            var checks = check(entry, folder);
            if (checks.stream().allMatch(FileCheck::ok)) {
                return checks;
            }
            first = first.isEmpty() ? checks : first;
        }
        return first.isEmpty() ? check(entry, cacheOf(entry)) : first;
    }

    /**
     * Ensures that the data set is on this machine and undamaged. Downloads missing and damaged files into the cache.
     *
     * @return the folder that has all files, verified
     * @throws DataException if the folder that the user named has damaged files, or no source delivered the files; the message
     *     has the error of each source
     */
    public Path get(CatalogueEntry entry) throws InterruptedException {
        var here = verified(entry);
        if (here.isPresent()) {
            return here.get();
        }
        if (named != null) {
            throw damaged(entry, verify(entry));
        }
        try {
            var folder = Files.createDirectories(cacheOf(entry));
            try (var lock = FolderLock.acquire(folder, progress)) {
                fetch(entry, folder);
            }
            return folder;
        } catch (IOException e) {
            throw new DataException(
                    String.format(
                            Locale.ROOT,
                            "%s cannot be stored in %s: %s. Free some space or choose another folder",
                            entry.name(),
                            cacheOf(entry),
                            DataFile.reason(e)),
                    e);
        }
    }

    /**
     * Verifies and reads a data set on this machine, or draws one that has no files. Downloads nothing.
     *
     * @throws DataException if a file is missing or damaged; the message names the file, expected and found content, and the
     *     command that repairs it
     */
    public Dataset load(CatalogueEntry entry) {
        var folder = entry.files().isEmpty() ? Optional.of(cacheOf(entry)) : verified(entry);
        if (folder.isEmpty()) {
            var checks = verify(entry);
            if (checks.stream().allMatch(check -> check.status() == FileCheck.Status.MISSING)) {
                throw new DataException(String.format(Locale.ROOT, "data set %s %s", entry.name(), absent(entry)));
            }
            throw damaged(entry, checks);
        }
        try {
            return entry.format().read(entry, folder.get());
        } catch (IOException e) {
            throw new DataException(
                    String.format(
                            Locale.ROOT,
                            "%s cannot be read from %s: %s",
                            entry.name(),
                            folder.get(),
                            DataFile.reason(e)),
                    e);
        }
    }

    /** Predicate of the sentence that the data set is nowhere: where it was searched, and what to do. */
    public String absent(CatalogueEntry entry) {
        var searched = Stream.concat(system.stream().map(root -> root.resolve(entry.name())), Stream.of(cacheOf(entry)))
                .map(Path::toString)
                .collect(Collectors.joining(" nor in "));
        return String.format(
                Locale.ROOT,
                "is neither in %s: run `frl data get %s`, or name its folder with %s",
                searched,
                entry.name(),
                SETTING);
    }

    private Optional<Path> verified(CatalogueEntry entry) {
        return candidates(entry).stream()
                .filter(folder -> check(entry, folder).stream().allMatch(FileCheck::ok))
                .findFirst();
    }

    /** Folders that have all files by name, in the order of the search. */
    private List<Path> candidates(CatalogueEntry entry) {
        if (named != null) {
            return List.of(inNamed(entry, named));
        }
        var folders = new ArrayList<Path>();
        system.forEach(root -> folders.add(root.resolve(entry.name())));
        folders.add(cacheOf(entry));
        folders.removeIf(folder -> !isComplete(entry, folder));
        return folders;
    }

    private static Path inNamed(CatalogueEntry entry, Path named) {
        if (!Files.isDirectory(named)) {
            throw new DataException(String.format(
                    Locale.ROOT,
                    "the data folder %s does not exist or is not a folder: correct %s, or leave it out",
                    named,
                    SETTING));
        }
        var folders = new ArrayList<Path>();
        for (var place : below(entry, named)) {
            folders.add(place);
            folders.add(place.resolve(RAW));
        }
        return folders.stream()
                .filter(folder -> isComplete(entry, folder))
                .findFirst()
                .orElseThrow(() -> {
                    var missing = entry.files().stream()
                            .filter(file -> folders.stream().noneMatch(file::isIn))
                            .map(DataFile::name)
                            .toList();
                    return new DataException(String.format(
                            Locale.ROOT,
                            "the data folder %s lacks files of %s, itself and in %s; missing: %s.%s Correct %s, or leave it out",
                            named,
                            entry.name(),
                            String.join(" or ", entry.folders()),
                            missing.isEmpty() ? "none, but they are not all in one folder" : String.join(", ", missing),
                            Stream.of(
                                            OtherForms.inPlaceOf(entry.files(), folders),
                                            OtherForms.in(folders),
                                            deeper(entry, named).map(folder -> "All of them are in " + folder + "."))
                                    .flatMap(Optional::stream)
                                    .map(sentence -> " " + sentence)
                                    .collect(Collectors.joining()),
                            SETTING));
                });
    }

    /** The subfolder that has all files of the data set, if there is one. */
    private static Optional<Path> deeper(CatalogueEntry entry, Path named) {
        try (var folders = Files.find(named, DEPTH, (path, attributes) -> attributes.isDirectory())) {
            return folders.limit(MOST_FOLDERS)
                    .filter(folder -> isComplete(entry, folder))
                    .findFirst();
        } catch (IOException | UncheckedIOException e) {
            return Optional.empty(); // what cannot be read is not named
        }
    }

    /** The folder itself, and those in which other programs keep the data set, however they write capitals and dashes. */
    private static List<Path> below(CatalogueEntry entry, Path named) {
        var places = new ArrayList<>(List.of(named));
        entry.folders().forEach(folder -> places.add(named.resolve(folder)));
        var names = entry.folders().stream().map(DataStore::plain).toList();
        try (var folders = Files.newDirectoryStream(named, Files::isDirectory)) {
            for (var folder : folders) {
                if (names.contains(plain(folder.getFileName().toString()))) {
                    places.add(folder);
                }
            }
        } catch (IOException e) {
            return places; // what can be read is searched
        }
        return places;
    }

    private static String plain(String folder) {
        return folder.toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private Path cacheOf(CatalogueEntry entry) {
        return cache.resolve(entry.name());
    }

    private static boolean isComplete(CatalogueEntry entry, Path folder) {
        return entry.files().stream().allMatch(file -> file.isIn(folder));
    }

    private static List<FileCheck> check(CatalogueEntry entry, Path folder) {
        return entry.files().stream()
                .map(file -> withItsOrigin(file.checkIn(folder)))
                .toList();
    }

    /** MNIST and Fashion-MNIST have files of the same names and sizes. */
    private static FileCheck withItsOrigin(FileCheck check) {
        return check.ok()
                ? check
                : Datasets.whoseContent(check.found())
                        .map(other -> new FileCheck(
                                check.file(), check.status(), check.expected(), "the content of " + other))
                        .orElse(check);
    }

    private void fetch(CatalogueEntry entry, Path folder) throws IOException, InterruptedException {
        if (wanted(entry, folder).isEmpty()) {
            return; // another process downloaded them while we waited for the lock
        }
        var failures = new ArrayList<String>();
        var ofMirror = mirror == null ? List.<DataSource>of() : mirror.sources(entry.name());
        var sources = new ArrayList<>(ofMirror);
        sources.addAll(entry.sources());
        for (var source : sources) {
            try {
                source.fetch(wanted(entry, folder), folder, progress);
            } catch (IOException e) {
                failures.add(String.format(Locale.ROOT, "%s: %s", source.name(), DataFile.reason(e)));
                continue;
            }
            if (wanted(entry, folder).isEmpty()) {
                deleteParts(folder);
                if (!ofMirror.isEmpty() && !ofMirror.contains(source)) {
                    progress.mirrorPassedOver(String.join("; ", failures));
                }
                return;
            }
            failures.add(String.format(Locale.ROOT, "%s: %s", source.name(), faults(check(entry, folder))));
        }
        throw new DataException(String.format(
                Locale.ROOT,
                "%s could not be downloaded. Tried: %s. A proxy is named by https_proxy and http_proxy, a mirror by --mirror or"
                        + " %s. If this machine has no network, copy the files %s into %s",
                entry.name(),
                String.join("; ", failures),
                DataMirror.VARIABLE,
                entry.files().stream().map(DataFile::name).toList(),
                folder));
    }

    private static List<DataFile> wanted(CatalogueEntry entry, Path folder) {
        return entry.files().stream().filter(file -> !file.checkIn(folder).ok()).toList();
    }

    /** Deletes the rest of an interrupted download after another source has delivered the files. */
    private static void deleteParts(Path folder) throws IOException {
        try (var parts = Files.newDirectoryStream(folder, "*.part")) {
            for (var part : parts) {
                Files.delete(part);
            }
        }
    }

    private DataException damaged(CatalogueEntry entry, List<FileCheck> checks) {
        return new DataException(String.format(
                Locale.ROOT,
                "%s: %s. %s",
                entry.name(),
                faults(checks),
                named == null
                        ? String.format(Locale.ROOT, "Run `frl data get %s`", entry.name())
                        : String.format(
                                Locale.ROOT,
                                "Replace it, or leave %s out and run `frl data get %s`",
                                SETTING,
                                entry.name())));
    }

    private static String faults(List<FileCheck> checks) {
        return checks.stream()
                .filter(check -> !check.ok())
                .map(FileCheck::inWords)
                .reduce((a, b) -> a + "; " + b)
                .orElse("");
    }
}
