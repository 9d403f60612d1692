package dev.frl.data.file;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * A Debian package, downloaded with apt-get and unpacked with dpkg as an ordinary user in a temporary folder. Nothing is
 * installed, and the system's package lists are neither needed nor changed. This source serves networks that reach a Debian
 * mirror but not the official files. The content's checksum decides, not the package's version.
 */
public final class DebianPackageSource implements DataSource {
    private static final int LONGEST_OUTPUT_TOLD = 600;
    private static final Duration POLL = Duration.ofMillis(200);

    private final String packageName;
    private final String folderInPackage;
    private final String aptGet;
    private final String dpkg;
    private final Duration timeout;

    /** @param folderInPackage folder of the files in the package, relative to its root */
    public DebianPackageSource(String packageName, String folderInPackage) {
        this(packageName, folderInPackage, "apt-get", "dpkg", Duration.ofMinutes(5));
    }

    /**
     * @param aptGet command for apt-get
     * @param dpkg command for dpkg
     * @param timeout timeout of each of the three commands
     */
    DebianPackageSource(String packageName, String folderInPackage, String aptGet, String dpkg, Duration timeout) {
        this.packageName = packageName;
        this.folderInPackage = folderInPackage;
        this.aptGet = aptGet;
        this.dpkg = dpkg;
        this.timeout = timeout;
    }

    @Override
    public String name() {
        return "Debian package " + packageName;
    }

    @Override
    public void fetch(List<DataFile> files, Path folder, Progress progress) throws IOException, InterruptedException {
        var work = Files.createTempDirectory("frl-apt-");
        try {
            var unpacked = Files.createDirectory(work.resolve("unpacked"));
            var deb = download(work, progress);
            run(
                    work,
                    work,
                    progress,
                    "unpacking " + packageName,
                    List.of(dpkg, "-x", deb.toString(), unpacked.toString()));
            for (var file : files) {
                place(file, unpacked.resolve(folderInPackage), folder);
            }
        } finally {
            delete(work);
        }
    }

    private Path download(Path work, Progress progress) throws IOException, InterruptedException {
        var debs = Files.createDirectory(work.resolve("deb"));
        // apt refuses to create the inner folders itself.
        Files.createDirectories(work.resolve("lists/partial"));
        Files.createDirectories(work.resolve("cache/archives/partial"));
        var options = List.of(
                "-o", "Dir::State::Lists=" + work.resolve("lists"),
                "-o", "Dir::Cache=" + work.resolve("cache"),
                // apt's own user could not write into our folder.
                "-o", "APT::Sandbox::User=",
                "-o", "Acquire::Retries=1",
                "-o", "Acquire::http::Timeout=20");
        run(work, work.resolve("lists"), progress, "package lists", command(options, "update"));
        run(debs, debs, progress, packageName + ".deb", command(options, "download", packageName));
        try (var found = Files.list(debs)) {
            return found.filter(path -> path.toString().endsWith(".deb"))
                    .findFirst()
                    .orElseThrow(() -> new IOException(
                            String.format(Locale.ROOT, "apt-get download %s delivered no package", packageName)));
        }
    }

    private List<String> command(List<String> options, String... rest) {
        var command = new ArrayList<String>();
        command.add(aptGet);
        command.addAll(options);
        command.addAll(List.of(rest));
        return command;
    }

    /** Runs one command to its end, and reports the growing size of folder {@code grows}. */
    private void run(Path directory, Path grows, Progress progress, String what, List<String> command)
            throws IOException, InterruptedException {
        var output = Files.createTempFile(directory, "output-", ".txt");
        var builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().put("LC_ALL", "C");
        var process = builder.start();
        try {
            process.getOutputStream().close();
            long deadline = System.nanoTime() + timeout.toNanos();
            while (!process.waitFor(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
                progress.at(what, size(grows), -1);
                if (System.nanoTime() - deadline > 0) {
                    throw new IOException(
                            String.format(Locale.ROOT, "%s took longer than %d s", name(command), timeout.toSeconds()));
                }
            }
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        if (process.exitValue() != 0) {
            throw new IOException(String.format(
                    Locale.ROOT, "%s ended with status %d: %s", name(command), process.exitValue(), tail(output)));
        }
        long size = size(grows);
        progress.at(what, size, size);
    }

    private void place(DataFile file, Path from, Path to) throws IOException {
        var found = DataFile.find(from, file.name());
        var check = file.check(found);
        if (!check.ok()) {
            throw new IOException(String.format(
                    Locale.ROOT,
                    "%s in package %s is not the published file: expected content with SHA-256 %s, found %s",
                    found.getFileName(),
                    packageName,
                    check.expected(),
                    check.found()));
        }
        var target = to.resolve(found.getFileName());
        var part = to.resolve(found.getFileName() + ".unpacked.part");
        Files.copy(found, part, StandardCopyOption.REPLACE_EXISTING);
        HttpSource.place(part, target);
    }

    /** The command without its options. */
    private static String name(List<String> command) {
        return command.stream()
                .filter(word -> !word.startsWith("-o") && !word.contains("="))
                .reduce((a, b) -> a + " " + b)
                .orElse("");
    }

    private static String tail(Path output) throws IOException {
        var text = new String(Files.readAllBytes(output), StandardCharsets.UTF_8).strip();
        return text.length() <= LONGEST_OUTPUT_TOLD ? text : "… " + text.substring(text.length() - LONGEST_OUTPUT_TOLD);
    }

    /** Bytes of the files below a folder; approximate, since another process writes them at the same time. */
    private static long size(Path folder) {
        try (var files = Files.walk(folder)) {
            return files.mapToLong(file -> file.toFile().length()).sum();
        } catch (IOException | UncheckedIOException e) {
            return 0;
        }
    }

    private static void delete(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
