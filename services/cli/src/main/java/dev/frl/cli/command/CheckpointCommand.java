package dev.frl.cli.command;

import dev.frl.checkpoint.CheckpointException;
import dev.frl.checkpoint.ForeignWeights;
import dev.frl.checkpoint.OtherFile;
import dev.frl.checkpoint.Safetensors;
import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.CliException;
import dev.frl.cli.context.ExitCode;
import dev.frl.cli.context.GlobalOptions;
import dev.frl.cli.context.KnownNames;
import dev.frl.cli.local.ImportedWeights;
import dev.frl.cli.local.Pickle;
import dev.frl.cli.terminal.HumanFormat;
import dev.frl.data.CatalogueEntry;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.Architectures;
import dev.frl.engine.net.NamedTensors;
import dev.frl.engine.net.StateMismatchException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(name = "checkpoint", header = "Import weights from PyTorch.", synopsisSubcommandLabel = "COMMAND")
public final class CheckpointCommand implements Runnable {
    private final GlobalOptions global;

    @Spec
    CommandSpec spec;

    public CheckpointCommand(GlobalOptions global) {
        this.global = global;
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "missing command; choose import");
    }

    @Command(
            name = "import",
            header = "Import a PyTorch state dict, as a safetensors file, for a warm start.",
            description = {
                "Names, shapes and values must fit the model. Known equivalent names are translated, and every change is"
                        + " reported. Prints the file:/… URI for warmStart.checkpoint in a spec.",
                "Nets here take pixels in [0, 1]. Weights that were trained on images with another normalisation have the"
                        + " same names and shapes, but misclassify most images."
            },
            exitCodeList = {
                "0:imported",
                "1:the target file cannot be written",
                "2:the weights do not fit, FILE is not a safetensors file, or the target exists with other weights;"
                        + " nothing was written"
            })
    int importWeights(
            @Parameters(paramLabel = "FILE", description = "Safetensors file with the names of a PyTorch state dict.")
                    Path file,
            @Option(
                            names = "--model",
                            required = true,
                            paramLabel = "NAME",
                            description = "Architecture: ${COMPLETION-CANDIDATES}.",
                            completionCandidates = Models.class)
                    String model,
            @Option(
                            names = "--dataset",
                            required = true,
                            paramLabel = "NAME",
                            description = "Data set that gives the images' shape and the classes:"
                                    + " ${COMPLETION-CANDIDATES}.",
                            completionCandidates = DataCommand.Names.class)
                    String dataset,
            @Option(
                            names = "--out",
                            paramLabel = "FILE",
                            description = "Target file. Default: HOME/checkpoints/imported/NAME")
                    @Nullable
                    Path out)
            throws IOException {
        CliContext context = global.context();
        CatalogueEntry images = DataCommand.named(dataset);
        KnownNames.require("model", model, Architectures.names());
        Architecture architecture = of(model, images);
        NamedTensors found = read(context, file);
        Path target = out != null ? context.resolve(out) : global.home().imported(nameOf(file));
        ForeignWeights weights;
        try {
            weights = ForeignWeights.fitted(found, architecture);
        } catch (StateMismatchException e) {
            report(context, file, e.problems(), found, architecture, images);
            return ExitCode.USAGE;
        }
        weights.changes().forEach(change -> context.err().println(file + ": " + change));
        boolean written = new ImportedWeights(target).keep(weights.tensors());
        context.err()
                .printf(
                        Locale.ROOT,
                        "%s %s weights of %s. To use them in a spec for %s:%n    warmStart: {checkpoint: \"%s\"}%n",
                        context.shown(target),
                        written ? "now holds" : "exists already with the same",
                        model,
                        dataset,
                        ImportedWeights.uri(target));
        context.out().println(ImportedWeights.uri(target));
        return ExitCode.OK;
    }

    private static Architecture of(String model, CatalogueEntry images) {
        return Architectures.named(model, images.channels(), images.height(), images.width(), images.classes());
    }

    private static NamedTensors read(CliContext context, Path path) {
        Path file = context.resolve(path);
        Path named = Path.of(HumanFormat.line(path.toString()));
        try {
            Path folder = file.toString().endsWith(".distcp") ? file.getParent() : file;
            if (folder != null && Files.isRegularFile(folder.resolve(".metadata"))) {
                throw CliException.usage(String.format(
                        Locale.ROOT,
                        "%s is a distributed checkpoint of PyTorch. Run"
                                + " python -m torch.distributed.checkpoint.format_utils dcp_to_torch %s model.pt, then import"
                                + " model.pt",
                        named,
                        folder));
            }
            if (Files.isDirectory(file)) {
                throw CliException.usage(
                        String.format(Locale.ROOT, "%s is a folder; name a safetensors file in it", named));
            }
            var other = OtherFile.of(file);
            if (other.isPresent()) {
                throw CliException.usage(named + " " + other.get());
            }
            if (Pickle.isOne(file)) {
                throw CliException.usage(String.format(
                        Locale.ROOT,
                        "%s is a pickle, and reading a pickle runs its code. This Python program reads nothing but its"
                                + " tensors; it needs torch:%n%n%s%n%nRun it, then import %s",
                        named,
                        String.join(System.lineSeparator(), Pickle.conversion(path, converted(path))),
                        converted(named)));
            }
            return Safetensors.read(file).tensors();
        } catch (CheckpointException e) {
            throw CliException.usage(HumanFormat.line(String.valueOf(e.getMessage())));
        } catch (java.nio.file.NoSuchFileException e) {
            throw CliException.usage("there is no file " + named);
        } catch (IOException e) {
            throw CliException.usage(String.format(Locale.ROOT, "%s cannot be read: %s", named, e.getMessage()));
        }
    }

    private static void report(
            CliContext context,
            Path file,
            List<String> problems,
            NamedTensors found,
            Architecture architecture,
            CatalogueEntry images) {
        context.err()
                .printf(
                        Locale.ROOT,
                        "%s does not fit %s for images of %s: %s, nothing was written%n",
                        file,
                        architecture.name(),
                        images.name(),
                        HumanFormat.count(problems.size(), "problem"));
        problems.forEach(problem -> context.err().println("  " + HumanFormat.line(problem)));
        for (String other : Architectures.names()) {
            try {
                ForeignWeights.fitted(found, of(other, images));
                context.err().printf(Locale.ROOT, "It fits %s: --model %s%n", other, other);
            } catch (StateMismatchException e) {
                continue;
            }
        }
    }

    /** A name beside which the pickle stays, even if that is called {@code .safetensors} too. */
    private static Path converted(Path pickle) {
        String name = nameOf(pickle);
        return Path.of(
                name.equals(pickle.getFileName().toString())
                        ? name.replaceFirst("\\.safetensors$", "-1.safetensors")
                        : name);
    }

    /** File name without folder, with the ending {@code .safetensors}. */
    private static String nameOf(Path file) {
        var name = file.getFileName().toString();
        int dot = name.lastIndexOf('.');
        return (dot > 0 ? name.substring(0, dot) : name) + ".safetensors";
    }

    /** Architectures for the help text. */
    static final class Models extends ArrayList<String> {
        private static final long serialVersionUID = 1L;

        Models() {
            super(Architectures.names());
        }
    }
}
