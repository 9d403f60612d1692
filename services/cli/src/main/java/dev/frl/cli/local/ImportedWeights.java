package dev.frl.cli.local;

import dev.frl.checkpoint.CheckpointException;
import dev.frl.checkpoint.Safetensors;
import dev.frl.cli.context.CliException;
import dev.frl.engine.net.NamedTensors;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Map;

/**
 * A safetensors file for warm starts. It appears whole or not at all, and is never changed.
 *
 * @param target absolute
 */
public record ImportedWeights(Path target) {
    /**
     * @return false if the file existed with the same weights
     * @throws CliException usage, if the file exists with other content
     */
    public boolean keep(NamedTensors weights) throws IOException {
        if (Files.exists(target)) {
            requireSame(weights);
            return false;
        }
        Path folder = target.getParent();
        Files.createDirectories(folder);
        Path temporary = Files.createTempFile(folder, ".import-", ".tmp");
        try {
            try (var channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
                var out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
                Safetensors.write(weights, Map.of("format", "pt"), out);
                out.flush();
                channel.force(true);
            }
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(temporary);
        }
        return true;
    }

    private void requireSame(NamedTensors weights) {
        boolean same;
        try {
            same = Safetensors.read(target).tensors().asMap().equals(weights.asMap());
        } catch (CheckpointException e) {
            same = false;
        }
        if (!same) {
            throw CliException.usage(String.format(
                    Locale.ROOT,
                    "%s exists with other content: choose another file with --out, or move it away",
                    target));
        }
    }

    /** The URI for {@code warmStart.checkpoint}. */
    public static String uri(Path file) {
        return "file:" + file.toUri().getRawPath();
    }
}
