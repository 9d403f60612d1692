package dev.frl.layers;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.service.SecretFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The table of environment variables, scripts/lib/environment.tsv, against everything that reads or describes them: the main
 * code of libs and services, the scripts, their help texts, and docs/services.md.
 */
class EnvironmentTableTest {
    private static final Path ROOT = Checkout.root();
    private static final Path PAGE = ROOT.resolve("docs/services.md");
    private static final String BEGIN = "<!-- environment: begin -->\n";
    private static final String END = "<!-- environment: end -->\n";

    /** The row for all settings of Kafka's clients, and the prefix from which Java makes their names. */
    private static final String KAFKA_SETTINGS = "KAFKA_*";

    /** The same of OpenTelemetry. */
    private static final String OTEL_SETTINGS = "OTEL_*";

    private static final Pattern IN_JAVA = Pattern.compile("\"((?:FRL|KAFKA|MLFLOW|AWS|OTEL|KUBEFLOW)_[A-Z0-9_]*)\"");
    private static final Pattern IN_RESOURCE = Pattern.compile("\\$\\{((?:FRL|KAFKA|MLFLOW)_[A-Z0-9_]+)");

    /** In the scripts, only variables of the environment are read with a default. */
    private static final Pattern IN_SCRIPT = Pattern.compile("\\$\\{((?:FRL|KAFKA|MLFLOW|JAVA)_[A-Z0-9_]+):[-+]");

    private static final List<String> SERVICES = List.of("controller", "trainer", "attacker", "recorder");

    private record Row(String name, List<String> readers, String fallback, String meaning) {
        static Row of(String line) {
            var cells = line.split("\t", -1);
            assertThat(cells).as(line).hasSize(4).doesNotContain("");
            return new Row(cells[0], List.of(cells[1].split(", ")), cells[2], cells[3]);
        }

        boolean isReadBy(String reader) {
            return readers.contains(reader) || (readers.contains("services") && SERVICES.contains(reader));
        }

        String markdown() {
            return String.format(
                    Locale.ROOT,
                    "| `%s` | %s | %s | %s |\n",
                    name,
                    readers.stream()
                            .map(r -> r.startsWith("scripts/") || r.equals("frl") ? "`" + r + "`" : r)
                            .collect(Collectors.joining(", ")),
                    fallback.equals("-") ? "" : fallback,
                    meaning);
        }
    }

    @Test
    void the_table_in_the_documentation_is_the_one_of_the_scripts() throws IOException {
        // Given
        var page = read(PAGE);
        int begin = page.indexOf(BEGIN) + BEGIN.length();
        int end = page.indexOf(END);
        assertThat(end).as("marks in docs/services.md").isGreaterThanOrEqualTo(begin);

        // When
        var table = rows().map(Row::markdown)
                .collect(Collectors.joining("", "| variable | read by | default | meaning |\n|---|---|---|---|\n", ""));
        if (Boolean.getBoolean("frl.docs.write")) {
            Files.writeString(PAGE, page.substring(0, begin) + table + page.substring(end));
        }

        // Then
        var written = read(PAGE);
        assertThat(written.substring(written.indexOf(BEGIN) + BEGIN.length(), written.indexOf(END)))
                .as("docs/services.md; the page says how to write it anew")
                .isEqualTo(table);
    }

    @Test
    void every_variable_that_is_read_has_a_row() throws IOException {
        // When
        var read = readByJava();
        read.addAll(readByScripts());

        // Then
        assertThat(names()).as("scripts/lib/environment.tsv").containsAll(read);
    }

    @Test
    void every_row_is_of_a_variable_that_is_read() throws IOException {
        // When
        var read = readByJava();
        read.addAll(readByScripts());

        // Then
        assertThat(read).as("main code of libs and services, and scripts").containsAll(names());
    }

    @Test
    void every_secret_may_be_in_a_file_and_its_row_says_so() throws IOException {
        // When
        var secrets = SecretFiles.variables().stream()
                .filter(name -> !name.startsWith("KAFKA_"))
                .toList();
        var told = rows().filter(row -> row.meaning().contains("never logged"))
                .map(Row::name)
                .filter(name -> !name.equals("KUBEFLOW_TRAINER_SERVER_TOKEN")) // the name of a file as it is
                .toList();

        // Then
        assertThat(secrets).as("SecretFiles").containsAll(told);
        assertThat(rows().filter(row -> secrets.contains(row.name())))
                .hasSameSizeAs(secrets)
                .allSatisfy(row -> assertThat(row.meaning()).contains("Or " + row.name() + "_FILE: "));
    }

    @Test
    void no_reader_has_two_rows_of_one_variable() throws IOException {
        // Given
        var readers = Stream.concat(SERVICES.stream(), rows().flatMap(row -> row.readers().stream()))
                .filter(reader -> !reader.equals("services"))
                .distinct()
                .toList();

        for (var reader : readers) {
            // When
            var names = rows().filter(row -> row.isReadBy(reader)).map(Row::name);

            // Then
            assertThat(names).as(reader).doesNotHaveDuplicates();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"controller", "trainer", "attacker", "recorder"})
    void the_help_of_a_service_lists_its_variables(String service) throws Exception {
        // When
        var help = output("scripts/frl", service, "-h");

        // Then
        assertThat(listed(help))
                .containsExactlyElementsOf(rows().filter(row -> row.isReadBy(service))
                        .map(Row::name)
                        .toList());
        assertThat(help).doesNotContain("`").doesNotContainPattern("(?m)^ *Of ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"scripts/images", "scripts/mlflow-server", "scripts/quickstart", "scripts/test"})
    void the_help_of_a_script_lists_its_variables(String script) throws Exception {
        // When
        var help = output(script, "--help");

        // Then
        assertThat(listed(help))
                .containsExactlyElementsOf(rows().filter(row -> row.isReadBy(script))
                        .map(Row::name)
                        .toList());
        assertThat(help).doesNotContain("`").doesNotContainPattern("(?m)^ *Of ");
    }

    private static Stream<Row> rows() throws IOException {
        return read(ROOT.resolve("scripts/lib/environment.tsv")).lines().skip(1).map(Row::of);
    }

    private static Set<String> names() throws IOException {
        return rows().map(Row::name).collect(toCollection(TreeSet::new));
    }

    private static Set<String> readByJava() throws IOException {
        var found = new TreeSet<String>();
        for (var part : List.of("libs", "services")) {
            for (var file : files(ROOT.resolve(part))) {
                var path = file.toString().replace('\\', '/');
                if (path.contains("/src/main/java/")) {
                    found.addAll(matches(IN_JAVA, file));
                } else if (path.contains("/src/main/resources/")) {
                    found.addAll(matches(IN_RESOURCE, file));
                }
            }
        }
        if (found.remove("KAFKA_")) {
            found.add(KAFKA_SETTINGS);
        }
        if (found.remove("OTEL_")) {
            found.add(OTEL_SETTINGS);
        }
        return found;
    }

    private static Set<String> readByScripts() throws IOException {
        var found = new TreeSet<String>();
        for (var file : files(ROOT.resolve("scripts"))) {
            found.addAll(matches(IN_SCRIPT, file));
        }
        return found;
    }

    private static List<Path> files(Path folder) throws IOException {
        try (var walk = Files.walk(folder)) {
            return walk.filter(Files::isRegularFile).toList();
        }
    }

    private static List<String> matches(Pattern pattern, Path file) throws IOException {
        // Bytes as characters: names are ASCII, whatever else a resource holds.
        var text = Files.readString(file, StandardCharsets.ISO_8859_1);
        return pattern.matcher(text).results().map(match -> match.group(1)).toList();
    }

    /** Names at the beginning of the lines that describe a variable. */
    private static List<String> listed(String help) {
        return Pattern.compile("(?m)^  ([A-Z][A-Z0-9_]*[A-Z*0-9]) {2,}")
                .matcher(help)
                .results()
                .map(match -> match.group(1))
                .toList();
    }

    private static String output(String script, String... arguments) throws Exception {
        var command = new ArrayList<>(List.of("bash", ROOT.resolve(script).toString()));
        command.addAll(List.of(arguments));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    private static String read(Path file) throws IOException {
        return Files.readString(file).replace("\r\n", "\n");
    }
}
