package dev.frl.data.store;

import dev.frl.data.CatalogueEntry;
import dev.frl.data.DataException;
import dev.frl.data.Dataset;
import dev.frl.data.file.DataFile;
import dev.frl.data.file.FileCheck;
import dev.frl.data.file.FolderLock;
import dev.frl.data.file.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds, verifies, fetches and reads data sets. Looked for, in this order:
 *
 * <ol>
 *   <li>the folder the user named, or a folder of the data set's name in it; if one was named, nowhere else
 *   <li>{@code /usr/share/datasets/NAME}, where Debian's packages put them
 *   <li>the cache, {@code HOME/data/NAME}, into which {@link #get} fetches
 * </ol>
 *
 * <p>Every read verifies the files first (half a second for Fashion-MNIST), so nobody trains on damaged data. Safe to use
 * from several threads and processes at once.
 */
public final class DataStore {
    private static final Path SYSTEM = Path.of("/usr/share/datasets");

    private final @Nullable Path named;
    private final List<Path> system;
    private final Path cache;
    private final Progress progress;

    /**
     * @param named the folder the user named, or null
     * @param home where this program keeps its own files; need not exist
     */
    public DataStore(@Nullable Path named, Path home, Progress progress) {
        this(named, List.of(SYSTEM), home, progress);
    }

    DataStore(@Nullable Path named, List<Path> system, Path home, Progress progress) {
        this.named = named;
        this.system = List.copyOf(system);
        this.cache = home.resolve("data");
        this.progress = progress;
    }

    /**
     * The folder that has all files of the data set, by name; their content is not looked at.
     *
     * @return empty if it must be fetched first
     * @throws DataException if the user named a folder that is not there or lacks a file
     */
    public Optional<Path> find(CatalogueEntry entry) {
        return candidates(entry).stream().findFirst();
    }

    /**
     * Verifies every file, where {@link #load} would read it.
     *
     * @return one result per file of the entry, in its order; those of the cache if the data set is nowhere
     * @throws DataException if the user named a folder that is not there or lacks a file
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
     * Makes sure that the data set is here and undamaged, and fetches what is missing or damaged into the cache.
     *
     * @return the folder that has all files, verified
     * @throws DataException if the folder the user named has damaged files, or no source could be reached; says what each
     *     answered
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
                    "%s cannot be kept in %s: %s. Make room or choose another folder"
                            .formatted(entry.name(), cacheOf(entry), DataFile.reason(e)),
                    e);
        }
    }

    /**
     * Verifies and reads a data set that is here, or draws one that has no files. Fetches nothing.
     *
     * @throws DataException if it is not here or damaged; names file, expected, found and the command that mends it
     */
    public Dataset load(CatalogueEntry entry) {
        var folder = entry.files().isEmpty() ? Optional.of(cacheOf(entry)) : verified(entry);
        if (folder.isEmpty()) {
            var checks = verify(entry);
            if (checks.stream().allMatch(check -> check.status() == FileCheck.Status.MISSING)) {
                throw new DataException("data set %s is not here: run `frl data get %s`, or name its folder with --data"
                        .formatted(entry.name(), entry.name()));
            }
            throw damaged(entry, checks);
        }
        try {
            return entry.format().read(entry, folder.get());
        } catch (IOException e) {
            throw new DataException(
                    "%s cannot be read from %s: %s".formatted(entry.name(), folder.get(), DataFile.reason(e)), e);
        }
    }

    private Optional<Path> verified(CatalogueEntry entry) {
        return candidates(entry).stream()
                .filter(folder -> check(entry, folder).stream().allMatch(FileCheck::ok))
                .findFirst();
    }

    /** Folders that have all the files by name, in the order in which they are preferred. */
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
            throw new DataException(
                    "the data folder %s is not there or is not a folder: correct --data, or leave it out"
                            .formatted(named));
        }
        var folders = new ArrayList<>(List.of(named));
        entry.folders().forEach(below -> folders.add(named.resolve(below)));
        return folders.stream()
                .filter(folder -> isComplete(entry, folder))
                .findFirst()
                .orElseThrow(() -> {
                    var missing = entry.files().stream()
                            .map(DataFile::name)
                            .filter(file ->
                                    folders.stream().noneMatch(folder -> Files.exists(DataFile.find(folder, file))))
                            .toList();
                    return new DataException(
                            "the data folder %s does not have all of %s, neither itself nor in %s; missing: %s. Correct --data, or leave it out"
                                    .formatted(
                                            named,
                                            entry.name(),
                                            String.join(" or ", entry.folders()),
                                            missing.isEmpty()
                                                    ? "they are not all in one folder"
                                                    : String.join(", ", missing)));
                });
    }

    private Path cacheOf(CatalogueEntry entry) {
        return cache.resolve(entry.name());
    }

    private static boolean isComplete(CatalogueEntry entry, Path folder) {
        return entry.files().stream().allMatch(file -> file.isIn(folder));
    }

    private static List<FileCheck> check(CatalogueEntry entry, Path folder) {
        return entry.files().stream().map(file -> file.checkIn(folder)).toList();
    }

    private void fetch(CatalogueEntry entry, Path folder) throws IOException, InterruptedException {
        if (wanted(entry, folder).isEmpty()) {
            return; // another process has brought them while we waited for the lock
        }
        var failures = new ArrayList<String>();
        for (var source : entry.sources()) {
            try {
                source.fetch(wanted(entry, folder), folder, progress);
            } catch (IOException e) {
                failures.add("%s: %s".formatted(source.name(), DataFile.reason(e)));
                continue;
            }
            if (wanted(entry, folder).isEmpty()) {
                deleteParts(folder);
                return;
            }
            failures.add("%s: %s".formatted(source.name(), faults(check(entry, folder))));
        }
        throw new DataException(
                "%s could not be fetched. Tried: %s. If this machine has no network, copy the files %s into %s"
                        .formatted(
                                entry.name(),
                                String.join("; ", failures),
                                entry.files().stream().map(DataFile::name).toList(),
                                folder));
    }

    private static List<DataFile> wanted(CatalogueEntry entry, Path folder) {
        return entry.files().stream().filter(file -> !file.checkIn(folder).ok()).toList();
    }

    /** What an interrupted download left, once another source has brought the files. */
    private static void deleteParts(Path folder) throws IOException {
        try (var parts = Files.newDirectoryStream(folder, "*.part")) {
            for (var part : parts) {
                Files.delete(part);
            }
        }
    }

    private DataException damaged(CatalogueEntry entry, List<FileCheck> checks) {
        return new DataException("%s: %s. %s"
                .formatted(
                        entry.name(),
                        faults(checks),
                        named == null
                                ? "Run `frl data get %s`".formatted(entry.name())
                                : "Replace it, or leave --data out and run `frl data get %s`".formatted(entry.name())));
    }

    private static String faults(List<FileCheck> checks) {
        return checks.stream()
                .filter(check -> !check.ok())
                .map(FileCheck::inWords)
                .reduce((a, b) -> a + "; " + b)
                .orElse("");
    }
}
