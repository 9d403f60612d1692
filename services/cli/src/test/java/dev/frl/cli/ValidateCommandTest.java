package dev.frl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.cli.terminal.PrettyJson;
import dev.frl.spec.SpecProblem;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ValidateCommandTest {
    @TempDir
    Path directory;

    private TestContext context;

    @BeforeEach
    void begin() {
        context = new TestContext(directory);
    }

    @Test
    void a_spec_may_come_from_standard_input() {
        // Given
        context.in = new ByteArrayInputStream(Specs.GOOD.getBytes(StandardCharsets.UTF_8));

        // When
        int code = context.frl("validate", "-");

        // Then
        assertThat(code).as("%s", context.err).isZero();
        assertThat(context.out.toString()).startsWith("-: valid");
    }

    /** Its problems are output too: without a word, only the exit code would tell that there were any. */
    @Test
    void problems_that_cannot_be_written_are_missed() throws Exception {
        // Given
        var bad = context.file("bad.yaml", Specs.with("epoch: 2", "epochs: 2"));
        var error = directory.resolve("error");

        // When
        var process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        FrlMain.class.getName(),
                        "validate",
                        bad)
                .directory(directory.toFile())
                .redirectOutput(new File("/dev/full"))
                .redirectError(error.toFile())
                .start();

        // Then
        assertThat(process.waitFor()).isEqualTo(2);
        assertThat(error).content().contains("frl: the output is not whole, since it cannot be written: No space left");
    }

    @Test
    void a_pipe_that_nobody_writes_to_is_told_and_ctrl_c_ends_the_wait() throws Exception {
        // Given
        var process = new ProcessBuilder("mkfifo", "spec.yaml")
                .directory(directory.toFile())
                .start();
        assertThat(process.waitFor()).isZero();
        String told = "frl: waiting for the end of spec.yaml; Ctrl-C ends the wait\n";
        context.interrupt = () -> context.err.toString().equals(told);

        // When
        int code = context.frl("validate", "spec.yaml");

        // Then
        assertThat(code).isEqualTo(130);
        assertThat(context.err.toString())
                .isEqualTo(told + "frl validate: interrupted while waiting for the end of spec.yaml.\n");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ''       | the name of the spec is empty.
            a~b.yaml | there is no file a b.yaml; an example is examples/quickstart.yaml.
            @a.yaml  | there is no file @a.yaml; an example is examples/quickstart.yaml.
            """)
    void a_name_of_any_kind_is_told_in_one_line(String name, String message) throws Exception {
        // Given: what an argument file would hold
        context.file("a.yaml", "--help");

        // When
        int code = context.frl("validate", name.replace('~', '\n'));

        // Then
        assertThat(code).isEqualTo(2);
        assertThat(context.err.toString()).isEqualToNormalizingNewlines("frl validate: " + message + "\n");
    }

    @Test
    void a_good_spec_shows_its_runs() throws Exception {
        // When
        int code = context.frl("validate", context.file("good.yaml", Specs.GOOD));

        // Then
        assertThat(code).isZero();
        assertThat(context.out.toString().replaceAll("-[0-9a-f]{8}", "-ID")).isEqualTo("""
                        good.yaml: valid; 2 runs of experiment small-ID:
                          RUN                          WHAT                  EPOCHS
                          small-none-ID          none, seed 1               2
                          small-frl-reweight-ID  frl-reweight, seed 1       2
                        """);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            epochs: 2          | epoch: 2           | line 11  spec.training.epoch is not a setting. Did you mean spec.training.epochs?
            epochs: 2          | epochs: many       | line 11  spec.training.epochs is the text "many"; it must be a whole number
            epsilon: 0.1       | epsilon: 3         | line 13  spec.attack.training.epsilon is 3
            arch: cnn-small    | {arch: cnn-small, classes: 100} | line 8  spec.model.classes is 100, but fashion-mnist has 10 classes
            arch: cnn-small    | arch: vgg16        | line 9  spec.model.arch is vgg16; there is no such architecture; known: linear, cnn-small, cnn-bn, preactresnet18, resnet18, wrn28-2, wrn28-10
            train: 1000        | train: 70000       | line 7  spec.dataset.split.train is 70000
            """)
    void a_bad_setting_is_reported_with_its_line_and_path(String good, String bad, String problem) throws Exception {
        // Given
        boolean flow = bad.startsWith("{");
        String file =
                context.file("bad.yaml", Specs.with(flow ? "model: " + bad : bad, flow ? "model:\n    " + good : good));

        // When
        int code = context.frl("validate", file);

        // Then
        assertThat(code).isEqualTo(2);
        assertThat(context.out.toString()).startsWith("bad.yaml: 1 problem\n");
        assertThat(context.out.toString()).contains(problem);
    }

    @Test
    void a_file_with_a_former_name_is_good() throws Exception {
        // Given
        String former = Specs.GOOD + "  hotStart: {epochs: 1}\n";

        // When
        int code = context.frl("validate", context.file("former.yaml", former));

        // Then
        assertThat(code).isZero();
        assertThat(context.out.toString()).startsWith("former.yaml: valid; 2 runs and 1 warm start of");
    }

    @Test
    void all_problems_come_at_once_in_the_order_of_the_file() throws Exception {
        // Given
        String file = context.file(
                "bad.yaml",
                Specs.with("epoch: 2", "epochs: 2")
                        .replace("cnn-small", "cnn-smal")
                        .replace("0.1}", "7}"));
        context.site = (home, data) ->
                (places, plan) -> List.of(new SpecProblem(6, "spec.dataset.name", "is fashion-mnist; it is not here"));

        // When
        int code = context.frl("validate", file);

        // Then
        assertThat(code).isEqualTo(2);
        assertThat(context.out.toString().lines())
                .hasSize(5)
                .satisfiesExactly(
                        l -> assertThat(l).isEqualTo("bad.yaml: 4 problems"),
                        l -> assertThat(l).isEqualTo("  line 6   spec.dataset.name is fashion-mnist; it is not here"),
                        l -> assertThat(l).startsWith("  line 9   spec.model.arch is cnn-smal;"),
                        l -> assertThat(l).startsWith("  line 11  spec.training.epoch is not a setting."),
                        l -> assertThat(l).startsWith("  line 13  spec.attack.training.epsilon is 7;"));
    }

    @Test
    void a_spec_of_10_megabytes_is_refused_unread() throws Exception {
        // Given
        byte[] big = new byte[10 << 20];
        Arrays.fill(big, (byte) '#');
        Files.write(directory.resolve("big.yaml"), big);

        // When
        int code = context.frl("validate", "big.yaml");

        // Then
        assertThat(code).isEqualTo(2);
        assertThat(context.out.toString()).contains("The spec has 10,485,760 bytes; at most 262,144 are read.");
    }

    @Test
    void a_spec_that_is_not_utf_8_is_a_problem() throws Exception {
        // Given
        Files.write(
                directory.resolve("latin.yaml"),
                Specs.with("name: größe", "name: small").getBytes(StandardCharsets.ISO_8859_1));

        // When
        int code = context.frl("validate", "latin.yaml");

        // Then
        assertThat(code).isEqualTo(2);
        assertThat(context.out.toString()).contains("line 3  The spec is not UTF-8");
    }

    @Test
    void a_spec_that_is_nested_without_end_is_a_problem() throws Exception {
        // When
        int code = context.frl("validate", context.file("deep.yaml", "[".repeat(200_000)));

        // Then
        assertThat(code).isEqualTo(2);
        assertThat(context.out.toString()).contains("nested more than 24 deep");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "[", "a: *b", "--- 1\n--- 2", "{\"kind\": \"Experiment\"}", "\u0000", "- - -", "&a [*a]"})
    void a_file_that_is_not_a_spec_is_a_problem_and_never_a_bug(String text) throws Exception {
        // When
        int code = context.frl("validate", context.file("odd.yaml", text));

        // Then
        assertThat(code).isEqualTo(2);
        assertThat(context.out.toString()).startsWith("odd.yaml: ");
        assertThat(context.err.toString()).isEmpty();
    }

    @Test
    void a_folder_and_an_absent_file_have_different_messages() {
        // When
        int folder = context.frl("validate", ".");
        int absent = context.frl("validate", "no.yaml");

        // Then
        assertThat(new int[] {folder, absent}).containsOnly(2);
        assertThat(context.err.toString())
                .contains("frl validate: . is a folder; name a spec in it.")
                .contains("frl validate: there is no file no.yaml; an example");
    }

    @Test
    void json_holds_the_same_for_every_file() throws Exception {
        // Given
        String good = context.file("good.yaml", Specs.GOOD);
        String bad = context.file("bad.yaml", Specs.with("epoch: 2", "epochs: 2"));

        // When
        int code = context.frl("validate", "-o", "json", good, bad);

        // Then
        assertThat(code).isEqualTo(2);
        var json = PrettyJson.MAPPER.readTree(context.out.toString());
        assertThat(json.at("/0/valid").asBoolean()).isTrue();
        assertThat(json.at("/0/runs")).hasSize(2);
        assertThat(json.at("/0/runs/1/variant/fairness.policy").asText()).isEqualTo("frl-reweight");
        assertThat(json.at("/1/valid").asBoolean()).isFalse();
        assertThat(json.at("/1/problems/0/line").asInt()).isEqualTo(11);
        assertThat(json.at("/1/problems/0/path").asText()).isEqualTo("spec.training.epoch");
    }
}
