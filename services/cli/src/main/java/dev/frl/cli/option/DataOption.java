package dev.frl.cli.option;

import dev.frl.cli.context.CliContext;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the user keeps data sets. */
public final class DataOption {
    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Folder of data sets, or of one. Default: $FRL_DATA, else /usr/share/datasets and HOME/data")
    @Nullable
    Path data;

    /** Null if none was named. */
    @Nullable
    public Path folder(CliContext context) {
        String env = context.env().getOrDefault("FRL_DATA", "");
        if (data == null && env.isEmpty()) {
            return null;
        }
        return context.resolve(data != null ? data : Path.of(env));
    }
}
