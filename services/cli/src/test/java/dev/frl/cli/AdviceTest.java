package dev.frl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What messages, scripts and documents tell a user to run exists: the command, and its options. */
class AdviceTest {
    private static final Path ROOT = Path.of("../..");

    /** A command in quotes of the message, after a colon, or alone; up to where the sentence goes on. */
    private static final Pattern ADVICE =
            Pattern.compile("(?:`|[\"(]\\s*|: |(?m:^|[`\";])\\s*scripts/)frl ((?:-|[a-z])[^`\"\\n;|)#&]*)");

    private static final Pattern OPTION = Pattern.compile("(?<![\\w-])(--?[a-z][a-z-]*)");

    @TempDir
    Path directory;

    @Test
    void every_command_and_option_that_a_text_names_exists() throws IOException {
        // Given
        var frl = Frl.commandLine(new TestContext(directory).context());
        var wrong = new ArrayList<String>();
        int found = 0;

        // When
        for (Path file : texts()) {
            var advice = ADVICE.matcher(told(file));
            while (advice.find()) {
                found++;
                problem(frl, advice.group(1)).ifPresent(p -> wrong.add(file + ": frl " + advice.group(1) + ": " + p));
            }
        }

        // Then
        assertThat(wrong).isEmpty();
        assertThat(found).isGreaterThan(150);
    }

    /** Without comments of Java, which speak to programmers, and without sentences about frl. */
    private static String told(Path file) throws IOException {
        String text = Files.readString(file);
        return file.toString().endsWith(".java")
                ? text.replaceAll("(?m)^\\s*(?:/?\\*|//).*", "")
                : text.replaceAll("[:,]\\s+frl ", " ");
    }

    private static List<Path> texts() throws IOException {
        var files = new ArrayList<Path>();
        for (String folder : List.of("libs", "services", "scripts", "docs", "examples", "README.md")) {
            try (Stream<Path> all = Files.walk(ROOT.resolve(folder))) {
                all.filter(Files::isRegularFile)
                        .filter(f -> !f.toString().contains("/target/")
                                && !f.toString().contains("/src/test/")
                                && !f.toString().contains("/docs/adr/")
                                && !f.toString().contains("/lib/container/"))
                        .filter(f -> f.toString().matches(".*\\.(java|md|py|sh|yaml|tsv)|.*/scripts/[^.]*"))
                        .forEach(files::add);
            }
        }
        return files;
    }

    /** What does not exist; empty if all does. */
    private static Optional<String> problem(CommandLine frl, String advice) {
        var command = frl;
        for (String word : advice.strip().split("\\s+")) {
            if (!word.matches("[a-z-]+") || word.startsWith("-")) {
                if (word.startsWith("-")) {
                    continue;
                }
                break;
            }
            if (command == frl && Frl.SERVICES.contains(word)) {
                return Optional.empty(); // a process with options of its own
            }
            var next = command.getSubcommands().get(word);
            if (next == null) {
                boolean takesWords = command.getSubcommands().isEmpty();
                if (!takesWords) {
                    return Optional.of("no command " + word);
                }
                break;
            }
            command = next;
        }
        var options = OPTION.matcher(advice);
        while (options.find()) {
            String option = options.group(1);
            if (command.getCommandSpec().findOption(option) == null) {
                return Optional.of("no option " + option);
            }
        }
        return Optional.empty();
    }
}
