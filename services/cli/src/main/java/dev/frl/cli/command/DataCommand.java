package dev.frl.cli.command;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.CliException;
import dev.frl.cli.context.ExitCode;
import dev.frl.cli.context.GlobalOptions;
import dev.frl.cli.context.KnownNames;
import dev.frl.cli.local.DownloadProgress;
import dev.frl.cli.option.DataOption;
import dev.frl.cli.option.OutputOption;
import dev.frl.cli.terminal.Table;
import dev.frl.core.settings.DatasetSettings;
import dev.frl.data.CatalogueEntry;
import dev.frl.data.DataException;
import dev.frl.data.file.FileCheck;
import dev.frl.data.file.Progress;
import dev.frl.data.store.DataMirror;
import dev.frl.data.store.DataStore;
import dev.frl.data.store.Datasets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(name = "data", header = "Download data sets, and verify them.", synopsisSubcommandLabel = "COMMAND")
public final class DataCommand implements Runnable {
    private final GlobalOptions global;

    @Spec
    CommandSpec spec;

    public DataCommand(GlobalOptions global) {
        this.global = global;
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "missing command; choose list, get or verify");
    }

    @Command(
            name = "list",
            header = "List the data sets that specs may name.",
            description =
                    "Shows the folder of every data set whose files are all present; `frl data verify` checks their content.",
            exitCodeList = "0:done")
    int list(@Mixin DataOption data, @Mixin OutputOption output) {
        CliContext context = global.context();
        Path named = data.folder(context);
        if (named != null && !Files.isDirectory(named)) {
            throw CliException.usage(
                    String.format(Locale.ROOT, "there is no folder %s: correct --data, or omit it", named));
        }
        var store = new DataStore(named, global.home().path(), Progress.NONE);
        var table = new Table()
                .left("NAME", "name")
                .right("CLASSES", "classes")
                .left("IMAGE", "image")
                .right("TRAIN", "train")
                .right("TEST", "test")
                .left("FOLDER", "folder");
        for (String name : Datasets.names()) {
            CatalogueEntry entry = Datasets.named(name);
            table.row(
                    Table.Cell.of(name),
                    Table.Cell.of(entry.classes()),
                    Table.Cell.of(String.format(
                            Locale.ROOT, "%d x %d x %d", entry.channels(), entry.height(), entry.width())),
                    Table.Cell.of(entry.trainSize()),
                    Table.Cell.of(entry.testSize()),
                    here(store, entry)
                            .map(folder -> Table.Cell.of(context.shown(folder)))
                            .orElse(Table.Cell.none()));
        }
        table.row(
                Table.Cell.of(DatasetSettings.GAUSSIAN_MIXTURE),
                Table.Cell.of(2),
                new Table.Cell("1 x 1 x d", null),
                new Table.Cell("any", null),
                new Table.Cell("any", null),
                new Table.Cell("none needed, samples are drawn", null));
        table.print(context, output.json());
        return ExitCode.OK;
    }

    private static Optional<Path> here(DataStore store, CatalogueEntry entry) {
        try {
            return store.find(entry);
        } catch (DataException e) {
            return Optional.empty(); // the named folder holds another data set
        }
    }

    @Command(
            name = "get",
            header = "Download a data set if it is missing or damaged.",
            description =
                    "Verifies every file by its published checksum, downloads missing and damaged files into HOME/data, and"
                            + " prints the folder of the data set. Resumes interrupted downloads.",
            exitCodeList = {"0:present and verified", "1:the download failed", "2:there is no such data set"})
    int get(
            @Parameters(
                            paramLabel = "NAME",
                            description = "Data set: ${COMPLETION-CANDIDATES}.",
                            completionCandidates = Names.class)
                    String name,
            @Mixin DataOption data,
            @Option(
                            names = "--mirror",
                            paramLabel = "URL",
                            description = "Server with copies of the files, below URL/NAME or URL, that is asked first."
                                    + " Default: $FRL_DATA_MIRROR. Proxies are those of https_proxy, http_proxy and"
                                    + " no_proxy.")
                    @Nullable
                    String url)
            throws InterruptedException {
        CliContext context = global.context();
        if (isDrawn(name)) {
            return ExitCode.OK;
        }
        CatalogueEntry entry = named(name);
        try (var progress = new DownloadProgress(context)) {
            Path folder = new DataStore(data.folder(context), global.home().path(), progress, mirror(context, url))
                    .get(entry);
            progress.close();
            context.err()
                    .printf(
                            Locale.ROOT,
                            progress.downloadedAny() ? "%s: downloaded and verified.%n" : "%s: present and verified.%n",
                            name);
            context.out().println(context.shown(folder));
        }
        return ExitCode.OK;
    }

    private static @Nullable DataMirror mirror(CliContext context, @Nullable String url) {
        String named = url != null ? url : context.env().getOrDefault(DataMirror.VARIABLE, "");
        try {
            return named.isEmpty() ? null : DataMirror.of(named);
        } catch (DataException e) {
            throw CliException.usage(String.valueOf(e.getMessage()));
        }
    }

    @Command(
            name = "verify",
            header = "Compare every file of a data set with its published checksum.",
            exitCodeList = {"0:all checksums match", "1:a file is missing or damaged", "2:there is no such data set"})
    int verify(
            @Parameters(
                            paramLabel = "NAME",
                            description = "Data set: ${COMPLETION-CANDIDATES}.",
                            completionCandidates = Names.class)
                    String name,
            @Mixin DataOption data,
            @Mixin OutputOption output) {
        CliContext context = global.context();
        if (isDrawn(name)) {
            return ExitCode.OK;
        }
        var checks = new DataStore(data.folder(context), global.home().path(), Progress.NONE).verify(named(name));
        var table = new Table()
                .left("FILE", "file")
                .left("STATUS", "status")
                .left(output.json() ? "expected" : "SHA-256 OF CONTENT", "expected")
                .left("FOUND", "found");
        for (FileCheck check : checks) {
            table.row(
                    Table.Cell.of(context.shown(check.file())),
                    Table.Cell.of(check.status().name().toLowerCase(Locale.ROOT)),
                    new Table.Cell(check.expected().substring(0, 12) + "…", check.expected()),
                    new Table.Cell(check.ok() ? "the same" : check.found(), check.found()));
        }
        table.print(context, output.json());
        boolean sound = checks.stream().allMatch(FileCheck::ok);
        if (!sound) {
            context.err()
                    .printf(
                            Locale.ROOT,
                            data.folder(context) == null
                                    ? "To download it: frl data get %s%n"
                                    : "Replace the files, or leave --data and FRL_DATA out and download them: frl data get %s%n",
                            name);
        }
        return sound ? ExitCode.OK : ExitCode.FAILED;
    }

    /** Whether the data set has no files; then the user is told. */
    private boolean isDrawn(String name) {
        boolean drawn = name.equals(DatasetSettings.GAUSSIAN_MIXTURE);
        if (drawn) {
            global.context()
                    .err()
                    .printf(Locale.ROOT, "%s has no files: its samples are drawn when a run needs them.%n", name);
        }
        return drawn;
    }

    /** @throws CliException usage, if there is no such data set */
    static CatalogueEntry named(String name) {
        KnownNames.require("data set", name, Datasets.names());
        return Datasets.named(name);
    }

    /** Data sets for the help text. */
    static final class Names extends ArrayList<String> {
        private static final long serialVersionUID = 1L;

        Names() {
            super(Datasets.names());
        }
    }
}
