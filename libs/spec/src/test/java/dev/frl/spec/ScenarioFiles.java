package dev.frl.spec;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Specs that stand in files. */
public final class ScenarioFiles {
    private ScenarioFiles() {}

    /** Texts of the examples. */
    public static List<String> examples() {
        return files(Specs.repository().resolve("examples")).stream()
                .filter(f -> f.toString().endsWith(".yaml"))
                .map(Specs::text)
                .toList();
    }

    /** Specs of the scenarios that have no problems. */
    public static List<String> admitted() {
        return files(Specs.repository().resolve("libs/spec/src/test/resources/scenarios")).stream()
                .map(f -> (Map<?, ?>) Trees.parse(Specs.text(f)))
                .filter(s -> !s.containsKey("problems"))
                .map(s -> String.valueOf(s.get("given")))
                .toList();
    }

    private static List<Path> files(Path folder) {
        try (var files = Files.list(folder)) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
