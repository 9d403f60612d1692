package dev.frl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/** {@code examples/publish.py} reads what {@code frl submit} reads, and tells in a line what it cannot read. */
@EnabledIfEnvironmentVariable(named = "FRL_MLFLOW_PYTHON", matches = ".+")
class PublishScriptTest {
    private static final String JSON = "{\n\t\"metadata\": {\"name\": \"a//b\"}, \"spec\": {}\n}";

    /** Prints, for each file, the spec's name or why there is none. */
    private static final String NAMES = """
            import sys
            sys.path.insert(0, sys.argv[1])
            import publish
            for file in sys.argv[2:]:
                try:
                    content = open(file, "rb").read()
                    name = publish.parsed(content, "it")["metadata"]["name"]
                    print(name, publish.decoded(content, "it")[0])
                except publish.Failed as e:
                    print(e)
            """;

    @TempDir
    Path directory;

    @Test
    void specs_as_programs_write_them_are_read_or_refused_in_a_line() throws Exception {
        // Given
        write("1", JSON, StandardCharsets.UTF_8);
        write("2", "\uFEFF// a comment\n" + JSON.replace("{}", "{\"x\": [1, 2,], /* two */}"), StandardCharsets.UTF_8);
        write("3", JSON, StandardCharsets.UTF_16LE);
        write("4", "---\nmetadata: {name: a//b}\n---\n", StandardCharsets.UTF_8);
        write("5", JSON.replace('\t', ' ') + "\n---\n" + JSON.replace('\t', ' '), StandardCharsets.UTF_8);
        write("6", "{\"a\":".repeat(5_000), StandardCharsets.UTF_8);
        write("7", "name: M\u00fcller", StandardCharsets.ISO_8859_1);
        write("8", "", StandardCharsets.UTF_8);

        // When
        var process = new ProcessBuilder(List.of(
                        System.getenv("FRL_MLFLOW_PYTHON"),
                        "-B",
                        "-c",
                        NAMES,
                        Path.of("../../examples").toAbsolutePath().toString(),
                        "1",
                        "2",
                        "3",
                        "4",
                        "5",
                        "6",
                        "7",
                        "8"))
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        var lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();

        // Then
        assertThat(lines).hasSize(8);
        assertThat(lines.subList(0, 4)).containsExactly("a//b {", "a//b /", "a//b {", "a//b -");
        assertThat(lines.get(4)).isEqualTo("it has 2 documents: write one experiment a file");
        assertThat(lines.get(5)).startsWith("it is neither JSON nor YAML: ");
        assertThat(lines.get(6)).startsWith("it is no text in UTF-8: ");
        assertThat(lines.get(7)).startsWith("it has no metadata.name");
    }

    private void write(String name, String text, Charset charset) throws Exception {
        Files.write(directory.resolve(name), text.getBytes(charset));
    }
}
