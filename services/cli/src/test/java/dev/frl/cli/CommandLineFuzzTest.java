package dev.frl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.fuzz.Fuzz;
import dev.frl.fuzz.Mutations;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** No command line ends in an internal error: the command works, or it says in a line what is wrong. */
class CommandLineFuzzTest {
    /** They start services, ask servers of others or examine this machine. */
    private static final Set<String> NOT_HERE = Set.of("frl up", "frl ui", "frl doctor", "frl data get", "frl record");

    private static final List<String> WORDS = List.of(
            "",
            " ",
            "-",
            "--",
            "---",
            "/",
            ".",
            "..",
            "~",
            "@",
            "@spec.yaml",
            "spec.yaml",
            "bad.yaml",
            "absent.yaml",
            "/dev/null",
            "small",
            "small-00000000",
            "1",
            "0",
            "-1",
            "\u0663",
            "1e3",
            "0x10",
            "1_000",
            "99999999999999999999",
            "10m",
            "1:30",
            "NaN",
            "Pr\u00fcfung",
            "Pru\u0308fung",
            "\ud83d\ude00",
            "\ud800",
            "a\nb",
            "a\tb",
            "\u001b[2J",
            "\u009b2J",
            "%s%n%d",
            "${x}",
            "$HOME",
            "a,b;c",
            "a=b",
            "'\"",
            "*",
            "json",
            "table",
            "cnn-small",
            "mnist",
            "localhost:9092",
            "localhost:port",
            "http://[",
            "file:///",
            "null",
            "-h=",
            "--home",
            "--output=json",
            "x".repeat(300),
            "x/".repeat(3000));

    private static final Pattern MOVES_THE_CURSOR = Pattern.compile("[\\p{Cc}&&[^\\r\\n\\t]]");

    @TempDir
    Path directory;

    @Test
    void whatever_is_typed_no_command_ends_in_an_internal_error() throws Exception {
        // Given
        var files = new TestContext(directory);
        files.file("spec.yaml", Specs.GOOD);
        files.file("bad.yaml", "spec: [");
        var commands = new ArrayList<CommandLine>();
        leaves(Frl.commandLine(files.context()), commands);

        // When, Then
        Fuzz.run("arguments of frl", 1_500, 512L << 20, random -> {
            var context = new TestContext(directory);
            context.stopRequested = true;
            context.kafka.reachable = random.nextInt(4) > 0;
            var line = line(commands.get(random.nextInt(commands.size())), random);
            assertThat(context.frl(line.toArray(String[]::new)))
                    .as("%s: %s", line, context.err)
                    .isIn(0, 1, 2, 75, 130);
            assertThat(context.err.toString()).as("%s", line).doesNotContain("\tat ");
            assertThat(context.err + "" + context.out).as("%s", line).doesNotContainPattern(MOVES_THE_CURSOR);
        });
    }

    private static void leaves(CommandLine command, List<CommandLine> into) {
        var below = command.getSubcommands().values();
        if (below.isEmpty() && !NOT_HERE.contains(command.getCommandSpec().qualifiedName())) {
            into.add(command);
        }
        below.forEach(c -> leaves(c, into));
    }

    private static List<String> line(CommandLine command, SplittableRandom random) {
        var spec = command.getCommandSpec();
        var line = new ArrayList<>(List.of(spec.qualifiedName().split(" ")));
        line.remove(0);
        boolean runs = line.get(0).equals("run");
        var options = spec.options();
        for (int n = random.nextInt(5); n > 0; n--) {
            if (random.nextBoolean() && !options.isEmpty()) {
                var option = options.get(random.nextInt(options.size()));
                if (option.longestName().equals("--stacktrace")) {
                    continue; // shows one
                }
                String name = option.names()[random.nextInt(option.names().length)];
                switch (random.nextInt(3)) {
                    case 0 -> line.add(name);
                    case 1 -> line.add(name + "=" + word(random, runs));
                    default -> line.addAll(List.of(name, word(random, runs)));
                }
            } else {
                line.add(word(random, runs));
            }
        }
        return line;
    }

    /** @param runs whether a valid spec would start a broker and services */
    private static String word(SplittableRandom random, boolean runs) {
        String word = WORDS.get(random.nextInt(WORDS.size()));
        if (random.nextInt(4) == 0) {
            var mutated = Mutations.mutate(word.getBytes(StandardCharsets.UTF_8), random);
            word = new String(mutated, StandardCharsets.UTF_8).replace("\0", "");
        }
        return runs && word.contains("spec.yaml") ? "absent.yaml" : word;
    }
}
