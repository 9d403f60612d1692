package dev.frl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Help is what users read first, so a change of it is a change to be looked at. {@code -Dfrl.docs.write=true} rewrites. */
class HelpTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden");

    @TempDir
    Path directory;

    static Stream<String> commands() {
        return Stream.of(
                "",
                "run",
                "up",
                "submit",
                "validate",
                "list",
                "status",
                "report",
                "study",
                "study disparity",
                "ui",
                "data",
                "data list",
                "data get",
                "data verify",
                "checkpoint",
                "checkpoint import",
                "topics",
                "topics create",
                "doctor");
    }

    @ParameterizedTest(name = "frl {0} -h")
    @MethodSource("commands")
    void help_is_as_it_was_reviewed(String command) throws Exception {
        // Given
        var context = new TestContext(directory);
        String[] args = Stream.concat(Arrays.stream(command.split(" ")).filter(w -> !w.isEmpty()), Stream.of("-h"))
                .toArray(String[]::new);

        // When
        int code = context.frl(args);

        // Then
        assertThat(code).isZero();
        assertThat(context.err.toString()).isEmpty();
        Path golden = GOLDEN.resolve("help" + (command.isEmpty() ? "" : "-" + command.replace(' ', '-')) + ".txt");
        if (Boolean.getBoolean("frl.docs.write")) {
            Files.createDirectories(GOLDEN);
            Files.writeString(golden, context.out.toString());
        }
        assertThat(context.out.toString()).isEqualTo(Files.readString(golden));
        assertThat(context.out.toString().lines()).allMatch(line -> line.length() <= 100);
    }
}
