package dev.frl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;

/** Golden help texts, so that every change of them is reviewed. {@code -Dfrl.docs.write=true} rewrites them. */
class HelpTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden");

    @TempDir
    Path directory;

    static Stream<String> commands() {
        return Stream.of(
                "",
                "run",
                "up",
                "record",
                "submit",
                "validate",
                "list",
                "status",
                "why",
                "sweep",
                "sweep status",
                "sweep best",
                "sweep pareto",
                "sweep render",
                "stop",
                "kill",
                "pause",
                "resume",
                "retry",
                "extend",
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
                "topics reset",
                "topics acls",
                "workers",
                "workers list",
                "workers drain",
                "workers undrain",
                "dlq",
                "dlq list",
                "dlq show",
                "dlq requeue",
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

    @Test
    void every_command_has_a_golden_help() {
        assertThat(all(Frl.commandLine(new TestContext(directory).context()).getCommandSpec()))
                .map(spec -> spec.qualifiedName().replaceFirst("^frl ?", ""))
                .containsExactlyInAnyOrderElementsOf(commands().toList());
    }

    @Test
    void no_description_begins_with_of() {
        for (CommandSpec spec :
                all(Frl.commandLine(new TestContext(directory).context()).getCommandSpec())) {
            assertThat(descriptions(spec))
                    .as(spec.qualifiedName())
                    .isNotEmpty()
                    .noneMatch(line -> line.startsWith("Of "));
        }
    }

    @Test
    void no_help_and_no_message_uses_whoever_or_whichever() throws Exception {
        var files = new ArrayList<Path>();
        for (Path folder : List.of(GOLDEN, Path.of("src/main/java"))) {
            try (var found = Files.walk(folder)) {
                found.filter(Files::isRegularFile).forEach(files::add);
            }
        }
        assertThat(files)
                .hasSizeGreaterThan(50)
                .allSatisfy(file ->
                        assertThat(Files.readString(file)).doesNotContainPattern("(?i)\\b(who|which)(so)?ever\\b"));
    }

    private static List<CommandSpec> all(CommandSpec spec) {
        return Stream.concat(
                        Stream.of(spec),
                        spec.subcommands().values().stream().flatMap(c -> all(c.getCommandSpec()).stream()))
                .toList();
    }

    /** Header, description, and every line of the options' and parameters' descriptions. */
    private static List<String> descriptions(CommandSpec spec) {
        var usage = spec.usageMessage();
        return Stream.concat(
                        Stream.of(usage.header(), usage.description()),
                        spec.args().stream().map(ArgSpec::description))
                .flatMap(Arrays::stream)
                .flatMap(text -> text.replace("%n", "\n").lines())
                .map(String::strip)
                .toList();
    }
}
