package dev.frl.spec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.run.RunPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a spec comes to, file by file: {@code given} a spec, then its {@code problems}, or its {@code runs} by id, what the
 * last of them {@code resolved} to (some settings, by path), or its whole {@code canonical} text.
 */
class ScenariosTest {
    static Stream<Path> scenarios() throws IOException {
        Path folder = Specs.repository().resolve("libs/spec/src/test/resources/scenarios");
        try (var files = Files.list(folder)) {
            return files.sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    void scenario(Path file) {
        // Given
        var scenario = (Map<?, ?>) Trees.parse(Specs.text(file));
        String given = (String) Objects.requireNonNull(scenario.get("given"));

        // When
        var admission = Specs.read(given);

        // Then
        if (scenario.get("problems") instanceof String expected) {
            assertThat(lines(Specs.problems(admission, given))).isEqualTo(expected);
            return;
        }
        var runs = Specs.admitted(given).runs();
        RunPlan last = runs.get(runs.size() - 1);
        if (scenario.get("runs") instanceof List<?> expected) {
            assertThat(runs).extracting(RunPlan::runId).isEqualTo(expected);
        }
        if (scenario.get("canonical") instanceof String expected) {
            assertThat(last.canonicalSpec()).isEqualTo(expected.replaceAll("\\s", ""));
        }
        if (scenario.get("resolved") instanceof Map<?, ?> expected) {
            Map<String, Object> resolved = new LinkedHashMap<>();
            expected.keySet().forEach(p -> resolved.put((String) p, at(Trees.parse(last.canonicalSpec()), (String) p)));
            assertThat(resolved).isEqualTo(expected);
        }
    }

    private static String lines(List<SpecProblem> problems) {
        return problems.stream().map(p -> p + "\n").collect(Collectors.joining());
    }

    private static Object at(Object tree, String path) {
        Object node = tree;
        for (String name : path.split("\\.")) {
            node = node instanceof Map<?, ?> map && map.containsKey(name)
                    ? Objects.requireNonNull(map.get(name))
                    : "absent";
        }
        return node;
    }
}
