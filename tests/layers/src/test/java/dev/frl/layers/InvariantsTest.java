package dev.frl.layers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** docs/invariants.md names a test for each promise. */
class InvariantsTest {
    private static final Path ROOT = Path.of("..", "..");
    private static final Pattern TEST = Pattern.compile("`([A-Z][A-Za-z]*Test)\\.([a-z0-9_]+)`");

    @Test
    void each_promise_names_tests_that_exist() throws IOException {
        // Given
        var sources = sources();
        var promises = Files.readAllLines(ROOT.resolve("docs").resolve("invariants.md")).stream()
                .filter(line -> line.startsWith("| ") && !line.startsWith("| promise"))
                .toList();

        // When
        var problems = new ArrayList<String>();
        for (var promise : promises) {
            var test = TEST.matcher(promise);
            int named = 0;
            while (test.find()) {
                named++;
                var source = sources.get(test.group(1));
                if (source == null || !Files.readString(source).contains("void " + test.group(2) + "(")) {
                    problems.add(test.group() + " does not exist");
                }
            }
            if (named == 0) {
                problems.add("no test: " + promise);
            }
        }

        // Then
        assertThat(problems).isEmpty();
        assertThat(promises).hasSizeGreaterThan(15);
    }

    /** Test classes of all modules, by simple name. */
    private static TreeMap<String, Path> sources() throws IOException {
        var sources = new TreeMap<String, Path>();
        for (var module : List.of("libs", "services", "tests", "schemas")) {
            try (var files = Files.walk(ROOT.resolve(module))) {
                files.filter(file -> file.toString().endsWith("Test.java")
                                && file.toString().contains("src"))
                        .forEach(file ->
                                sources.put(file.getFileName().toString().replace(".java", ""), file));
            }
        }
        return sources;
    }
}
