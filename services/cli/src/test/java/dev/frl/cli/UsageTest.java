package dev.frl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UsageTest {
    @TempDir
    Path directory;

    private TestContext context;

    @BeforeEach
    void begin() {
        context = new TestContext(directory);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            valdate x           | frl: there is no command valdate. Did you mean validate?
            frobnicate          | frl: there is no command frobnicate.
            recoder             | frl: there is no command recoder. Did you mean recorder?
            run --agan f.yaml   | frl run: there is no option --agan. Did you mean --again?
            list a b            | frl list: unexpected argument: b.
            validate            | frl validate: missing: FILE.
            list -o xml         | frl list: --output is xml; it must be table or json.
            run --port x f.yaml | frl run: --port is x; it must be a whole number.
            checkpoint import x | frl checkpoint import: missing: --model, --dataset.
            data                | frl data: missing command; choose list, get or verify.
            data get fashion    | frl data get: there is no data set fashion; known: fashion-mnist, mnist, cifar10, cifar100, svhn. Did you mean fashion-mnist?
            checkpoint          | frl checkpoint: missing command; choose import.
            checkpoint import x --model cnn-bm --dataset mnist | frl checkpoint import: there is no model cnn-bm; known: linear, cnn-small, cnn-bn, preactresnet18, resnet18, wrn28-2, wrn28-10. Did you mean cnn-bn?
            topics              | frl topics: missing command; choose create, reset or acls.
            run absent.yaml     | frl run: there is no file absent.yaml; an example is examples/quickstart.yaml.
            run --port 99999 f  | frl run: --port is 99999; it must be from 0 to 65535.
            run --threads 0 f   | frl run: --threads is 0; it must be from 1 to 9999.
            run --mlflow=file:x f | frl run: MLFLOW_TRACKING_URI is file:x; it must be a server such as http://127.0.0.1:5000. Runs are recorded over HTTP, so a database or folder needs `mlflow server` in front of it.
            topics create --replication 0 --bootstrap x:1 | frl topics create: --replication is 0; it must be at least 1.
            """)
    void wrong_usage_is_reported_in_one_line_and_exits_with_2(String command, String message) {
        // When
        int code = context.frl(command.split(" "));

        // Then
        assertThat(code).isEqualTo(2);
        assertThat(context.err.toString().lines()).first().isEqualTo(message);
        assertThat(context.err.toString()).doesNotContain("\tat ");
        assertThat(context.out.toString()).isEmpty();
        assertThat(context.kafka.started).isEmpty();
    }

    @Test
    void without_a_command_the_help_is_shown() {
        // When
        int code = context.frl();

        // Then
        assertThat(code).isZero();
        assertThat(context.out.toString()).contains("Usage: frl").contains("Examples:");
    }

    @Test
    void a_variable_that_is_wrong_is_named() {
        // Given
        context.env.put("FRL_THREADS", "many");

        // When
        int code = context.frl("run", "x.yaml");

        // Then
        assertThat(code).isEqualTo(2);
        assertThat(context.err.toString())
                .startsWith("frl run: FRL_THREADS is many; it must be a number from 1 to 9999.");
    }

    @Test
    void a_bug_is_one_line_unless_the_user_wants_the_stack_trace() {
        // Given
        context.site = (home, data) -> {
            throw new IllegalStateException("broken");
        };

        // When
        int code = context.frl("validate", "x.yaml");

        // Then
        assertThat(code).isEqualTo(70);
        assertThat(context.err.toString()).isEqualTo("""
                        frl validate: internal error: java.lang.IllegalStateException: broken
                        This is a bug in frl, not in your input. --stacktrace shows where it happened.
                        """);

        // When
        context.frl("validate", "--stacktrace", "x.yaml");

        // Then
        assertThat(context.err.toString()).contains("\tat dev.frl.cli.UsageTest");
    }

    @Test
    void an_absent_broker_is_temporary() throws Exception {
        // Given
        context.kafka.reachable = false;
        String spec = context.file("good.yaml", Specs.GOOD);

        // When
        int listed = context.frl("list", "--bootstrap", "kafka:9092");
        int submitted = context.frl("submit", spec, "--bootstrap", "kafka:9092");
        int local = context.frl("submit", spec);

        // Then
        assertThat(new int[] {listed, submitted, local}).containsOnly(75);
        assertThat(context.err.toString()).isEqualTo("""
                        frl list: no broker answers at kafka:9092.
                        frl submit: no broker answers at kafka:9092.
                        frl submit: no broker is running under .frl: start one with `frl up`, or name one with --bootstrap.
                        """);
    }
}
