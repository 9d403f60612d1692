package dev.frl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.cli.context.CliException;
import dev.frl.cli.terminal.PrettyJson;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunCommandTest {
    @TempDir
    Path directory;

    private TestContext context;
    private String spec;

    @BeforeEach
    void begin() throws Exception {
        context = new TestContext(directory);
        spec = context.file("good.yaml", Specs.GOOD);
    }

    @Test
    void an_experiment_runs_to_its_end_and_shows_its_errors_class_by_class() {
        // When
        int code = context.frl("run", spec);

        // Then
        assertThat(code).isZero();
        assertThat(context.kafka.published).hasSize(1).allMatch(p -> p.equals("small\n" + Specs.GOOD));
        assertThat(context.out.toString())
                .contains("robust error, %")
                .contains("0 cat")
                .contains("vs none: worst");
        String id = FakeKafka.plan(Specs.GOOD).experimentId();
        assertThat(context.err.toString())
                .contains(id + ": 2 runs; logs in .frl/logs/frl.log")
                .contains("none, seed 1: epoch 1/2 evaluated, robust error 45.0%, worst class cat with 60.0%")
                .contains("[100%  4/4 epochs")
                .contains("Report  .frl/runs/" + id + "/report.html");
        assertThat(directory.resolve(".frl/runs").resolve(id).resolve("report.html"))
                .exists();
        assertThat(directory.resolve(".frl/broker.json")).doesNotExist();
    }

    @Test
    void a_failed_run_is_reported_with_its_reason_and_exits_with_1() {
        // Given
        context.kafka.failure = "the loss is not finite";

        // When
        int code = context.frl("run", spec);

        // Then
        assertThat(code).isEqualTo(1);
        assertThat(context.err.toString().lines())
                .filteredOn(line -> line.contains("failed: the loss is not finite"))
                .hasSize(4); // each run as it happens and at the end
    }

    @Test
    void a_service_that_fails_ends_the_command_instead_of_waiting_for_runs_that_cannot_end() {
        // Given
        context.kafka.serviceFailure = "the trainer failed: no memory";

        // When
        int code = context.frl("run", spec);

        // Then
        assertThat(code).isEqualTo(1);
        assertThat(context.err.toString()).contains("frl run: the trainer failed: no memory. Progress is saved;");
    }

    @Test
    void a_reason_from_afar_cannot_command_the_terminal() {
        // Given
        context.kafka.failure = "line one\nline two \u001b[2J\u0007";

        // When
        context.frl("run", spec);
        context.frl("list", "--bootstrap", "kafka:9092");

        // Then
        assertThat(context.err.toString())
                .contains("failed: line one line two ?[2J?")
                .doesNotContain("\u001b[2J");
    }

    @Test
    void a_bad_spec_starts_nothing() throws Exception {
        // Given
        String bad = context.file("bad.yaml", Specs.with("epoch: 2", "epochs: 2"));

        // When
        int code = context.frl("run", bad);

        // Then
        assertThat(code).isEqualTo(2);
        assertThat(context.err.toString()).isEqualTo("""
                bad.yaml: 1 problem, nothing was run
                  line 11  spec.training.epoch is not a setting. Did you mean spec.training.epochs?
                """);
        assertThat(context.kafka.started).isEmpty();
        assertThat(directory.resolve(".frl")).doesNotExist();
    }

    @Test
    void runs_that_have_ended_are_shown_and_not_run_again() {
        // Given
        context.kafka.ran(Specs.GOOD);

        // When
        int code = context.frl("run", spec);

        // Then
        assertThat(code).isZero();
        assertThat(context.kafka.published).isEmpty();
        assertThat(context.err.toString()).contains("has ended; these are its results. To run it again: --again");
        assertThat(context.out.toString()).contains("robust error, %");
    }

    @Test
    void again_runs_the_next_generation_and_then_plain_run_shows_that_one() {
        // Given
        context.kafka.ran(Specs.GOOD);

        // When
        int again = context.frl("run", "--again", spec);
        int shown = context.frl("run", spec);

        // Then
        assertThat(again).isZero();
        assertThat(shown).isZero();
        assertThat(context.kafka.published).hasSize(1);
        assertThat(context.kafka.published.get(0)).contains("metadata: {\"generation\": 2, name: small}");
        String second = FakeKafka.plan(context.kafka.published.get(0).substring("small\n".length()))
                .experimentId();
        assertThat(second).isNotEqualTo(FakeKafka.plan(Specs.GOOD).experimentId());
        assertThat(context.err.toString())
                .contains("has ended; running it again as generation 2, " + second)
                .contains(second + " has ended; these are its results.");
    }

    @Test
    void a_home_of_another_build_is_said_to_be_unreadable_and_runs_new_experiments() {
        // Given
        context.kafka.skippedStatuses = BrokerCommandsTest.skipped(2);

        // When
        int code = context.frl("run", spec);

        // Then
        assertThat(code).isZero();
        assertThat(context.kafka.published).hasSize(1);
        assertThat(context.err.toString())
                .contains("Skipped 2 records of frl.run-status by another build of frl; to read");
    }

    @Test
    void an_interrupted_experiment_says_how_to_resume() {
        // Given
        context.kafka.afterEachEvent = () -> context.stopRequested = true;

        // When
        int code = context.frl("run", spec);

        // Then
        assertThat(code).isEqualTo(130);
        assertThat(context.err.toString()).contains("Stopping. Progress is saved; run the same command to resume.");
        assertThat(context.out.toString()).isEmpty();
    }

    @Test
    void a_folder_whose_name_would_move_the_cursor_is_shown_with_question_marks() {
        // When
        context.frl("run", spec, "--home=h\u001b[2J\u009bx");

        // Then
        assertThat(context.err.toString()).contains("logs in h?[2J?x/logs/frl.log");
    }

    @Test
    void a_command_that_is_interrupted_while_the_services_start_names_no_library() {
        // Given
        context.kafka.starting = () -> {
            context.stopRequested = true;
            throw CliException.failed(
                    "a library does not load",
                    new ExceptionInInitializerError(new IllegalStateException("Shutdown in progress")));
        };

        // When
        int code = context.frl("run", spec);

        // Then
        assertThat(code).isEqualTo(130);
        assertThat(context.err.toString()).endsWith("frl run: interrupted\n").doesNotContain("library");
    }

    @Test
    void an_experiment_that_was_started_resumes() {
        // Given
        var plan = FakeKafka.plan(Specs.GOOD).runs().get(0);
        context.kafka.events.addAll(
                new FakeRun(plan, context.now).requested().trained(0).events());
        context.kafka.afterEachEvent = () -> context.stopRequested = true;

        // When
        context.frl("run", spec);

        // Then
        assertThat(context.err.toString()).contains("was started before; resuming it.");
        assertThat(context.kafka.published).hasSize(1);
    }

    @Test
    void results_that_are_not_recorded_in_time_are_reported_without_waiting() {
        // Given
        context.kafka.recorded = false;
        context.kafka.unrecorded = List.of("mlflow: MLflow responds with status 401", "tiny-1: refused");
        context.kafka.ran(Specs.GOOD);
        context.stopRequested = true; // the user does not wait

        // When
        int code = context.frl("run", spec, "--mlflow", "http://127.0.0.1:1");

        // Then
        assertThat(code).isEqualTo(75);
        assertThat(context.err.toString())
                .contains("Not recorded yet:", "  mlflow: MLflow responds with status 401", "  tiny-1: refused")
                .contains("To record them later: frl record --home .frl.")
                .contains("MLflow  http://127.0.0.1:1");
        assertThat(context.out.toString()).contains("robust error, %");
    }

    @Test
    void what_was_not_recorded_is_recorded_later_without_running_anything() {
        // When
        int code = context.frl("record", "--mlflow", "http://127.0.0.1:1");

        // Then
        assertThat(code).isZero();
        assertThat(context.err.toString()).contains("Everything is recorded: http://127.0.0.1:1");
        assertThat(context.kafka.published).isEmpty();
    }

    @Test
    void a_home_that_another_process_uses_is_temporary() throws Exception {
        // Given
        Files.createDirectories(directory.resolve(".frl"));
        Files.writeString(
                directory.resolve(".frl/broker.json"),
                String.format(
                        Locale.ROOT,
                        "{\"bootstrapServers\": \"127.0.0.1:9\", \"pid\": %d}",
                        ProcessHandle.current().pid()),
                StandardCharsets.UTF_8);

        // When
        int code = context.frl("run", spec);

        // Then
        assertThat(code).isEqualTo(75);
        assertThat(context.err.toString()).contains("uses .frl; wait until it ends, publish to it with `frl submit`");
        assertThat(context.kafka.started).isEmpty();
    }

    @Test
    void a_home_that_is_a_file_is_wrong_usage() throws Exception {
        // Given
        context.file("occupied", "");

        // When
        int code = context.frl("run", spec, "--home", "occupied");

        // Then
        assertThat(code).isEqualTo(2);
        assertThat(context.err.toString()).contains("occupied is not a writable folder");
    }

    @Test
    void json_holds_runs_and_table() throws Exception {
        // When
        context.frl("run", spec, "-o", "json");

        // Then
        var json = PrettyJson.MAPPER.readTree(context.out.toString());
        assertThat(json.at("/runs")).hasSize(2);
        assertThat(json.at("/runs/0/phase").asText()).isEqualTo("finished");
        assertThat(json.at("/runs/0/worstRobustError").asDouble()).isEqualTo(0.6);
        assertThat(json.at("/table/rows/0/name").asText()).isEqualTo("cat");
    }

    @Test
    void settings_come_from_options_first_and_from_variables_next() {
        // Given
        context.env.put("FRL_THREADS", "3");
        context.env.put("FRL_HOME", "elsewhere");
        context.env.put("MLFLOW_TRACKING_URI", "http://mlflow:5000");

        // When
        context.frl("run", spec);
        context.frl("run", spec, "--threads", "2", "--home", "here", "--mlflow", "none", "--data", "images");

        // Then
        var first = context.kafka.started.get(0);
        var second = context.kafka.started.get(1);
        assertThat(first.threads()).isEqualTo(3);
        assertThat(first.home()).isEqualTo(directory.resolve("elsewhere"));
        assertThat(first.mlflow().trackingUri()).hasToString("http://mlflow:5000");
        assertThat(second.threads()).isEqualTo(2);
        assertThat(second.home()).isEqualTo(directory.resolve("here"));
        assertThat(second.data()).isEqualTo(directory.resolve("images"));
        assertThat(second.mlflow()).isNull();
    }
}
