package dev.frl.cli.option;

import dev.frl.cli.context.CliContext;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The folder of data sets. */
public final class DataOption {
    @Option(
            names = "--data",
            paramLabel = "DIR",
            description =
                    "Folder with data sets, or with the files of one. Default: $FRL_DATA, else /usr/share/datasets and HOME/data")
    @Nullable
    Path data;

    /** The named folder; null if none was named. */
    @Nullable
    public Path folder(CliContext context) {
        String env = context.env().getOrDefault("FRL_DATA", "");
        if (data == null && env.isEmpty()) {
            return null;
        }
        return context.resolve(data != null ? data : Path.of(env));
    }
}
