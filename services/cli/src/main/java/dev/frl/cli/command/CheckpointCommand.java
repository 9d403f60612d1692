package dev.frl.cli.command;

import dev.frl.checkpoint.CheckpointException;
import dev.frl.checkpoint.ForeignWeights;
import dev.frl.checkpoint.Safetensors;
import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.CliException;
import dev.frl.cli.context.ExitCode;
import dev.frl.cli.context.GlobalOptions;
import dev.frl.cli.context.NearestNames;
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
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(name = "checkpoint", header = "Begin from weights of other code.", synopsisSubcommandLabel = "COMMAND")
public final class CheckpointCommand implements Runnable {
    private final GlobalOptions global;

    @Spec
    CommandSpec spec;

    public CheckpointCommand(GlobalOptions global) {
        this.global = global;
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "say what to do: import");
    }

    @Command(
            name = "import",
            header = "Check a safetensors file of PyTorch's, and keep it as a warm start.",
            description = {
                "Names, shapes and values must be the model's; what is known to mean the same is brought to its names, and"
                        + " told. Prints the file:/… URI for a spec's warmStart.checkpoint.",
                "Nets here take pixels in [0, 1]. Weights that were trained on images normalised otherwise have the same"
                        + " names and shapes, and will be wrong about most images."
            },
            exitCodeList = {
                "0:it is kept",
                "1:it could not be written",
                "2:it does not fit, is no safetensors file, or another one is kept there; nothing was written"
            })
    int importWeights(
            @Parameters(paramLabel = "FILE", description = "Safetensors file with the names of a PyTorch state dict.")
                    Path file,
            @Option(
                            names = "--model",
                            required = true,
                            paramLabel = "NAME",
                            description = "Net: ${COMPLETION-CANDIDATES}.",
                            completionCandidates = Models.class)
                    String model,
            @Option(
                            names = "--dataset",
                            required = true,
                            paramLabel = "NAME",
                            description = "Data set that says the images' shape and the classes:"
                                    + " ${COMPLETION-CANDIDATES}.",
                            completionCandidates = DataCommand.Names.class)
                    String dataset,
            @Option(
                            names = "--out",
                            paramLabel = "FILE",
                            description = "Where to keep it. Default: HOME/checkpoints/imported/NAME")
                    @Nullable
                    Path out)
            throws IOException {
        CliContext context = global.context();
        CatalogueEntry images = DataCommand.named(dataset);
        NearestNames.requireKnown("model", model, Architectures.names());
        Architecture architecture = of(model, images);
        Path target = out != null ? context.resolve(out) : global.home().imported(nameOf(file));
        NamedTensors found = read(context, file);
        ForeignWeights weights;
        try {
            weights = ForeignWeights.fitted(found, architecture);
        } catch (StateMismatchException e) {
            tell(context, file, e.problems(), found, architecture, images);
            return ExitCode.USAGE;
        }
        weights.changes().forEach(change -> context.err().println(file + ": " + change));
        boolean written = new ImportedWeights(target).keep(weights.tensors());
        context.err()
                .printf(
                        "%s %s %s. Begin from it in a spec of %s:%n    warmStart: {checkpoint: \"%s\"}%n",
                        context.shown(target),
                        written ? "has the weights of" : "was there already, with the weights of",
                        model,
                        dataset,
                        ImportedWeights.uri(target));
        context.out().println(ImportedWeights.uri(target));
        return ExitCode.OK;
    }

    private static Architecture of(String model, CatalogueEntry images) {
        return Architectures.named(model, images.channels(), images.height(), images.width(), images.classes());
    }

    private static NamedTensors read(CliContext context, Path named) {
        Path file = context.resolve(named);
        try {
            if (Files.isDirectory(file)) {
                throw CliException.usage("%s is a folder; name a safetensors file in it".formatted(named));
            }
            if (Pickle.isOne(file)) {
                throw CliException.usage(
                        "%s is a pickle, which runs code when it is read. Convert it where you trust it, in Python:%n    %s%n"
                                        .formatted(
                                                named,
                                                String.join(
                                                        "%n    ".formatted(),
                                                        Pickle.conversion(named, Path.of(nameOf(named)))))
                                + "and import " + nameOf(named));
            }
            return Safetensors.read(file).tensors();
        } catch (CheckpointException e) {
            throw CliException.usage(HumanFormat.line(String.valueOf(e.getMessage())));
        } catch (java.nio.file.NoSuchFileException e) {
            throw CliException.usage("there is no file " + named);
        } catch (IOException e) {
            throw CliException.usage("%s cannot be read: %s".formatted(named, e.getMessage()));
        }
    }

    private static void tell(
            CliContext context,
            Path file,
            List<String> problems,
            NamedTensors found,
            Architecture architecture,
            CatalogueEntry images) {
        context.err()
                .printf(
                        "%s does not fit %s for images of %s: %s, nothing was written%n",
                        file, architecture.name(), images.name(), HumanFormat.count(problems.size(), "problem"));
        problems.forEach(problem -> context.err().println("  " + HumanFormat.line(problem)));
        for (String other : Architectures.names()) {
            try {
                ForeignWeights.fitted(found, of(other, images));
                context.err().printf("It fits %s: --model %s%n", other, other);
            } catch (StateMismatchException e) {
                continue;
            }
        }
    }

    /** Without folder, ending in {@code .safetensors}. */
    private static String nameOf(Path file) {
        var name = file.getFileName().toString();
        int dot = name.lastIndexOf('.');
        return (dot > 0 ? name.substring(0, dot) : name) + ".safetensors";
    }

    /** For the help, so that it knows every net. */
    static final class Models extends ArrayList<String> {
        private static final long serialVersionUID = 1L;

        Models() {
            super(Architectures.names());
        }
    }
}
