package dev.frl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunCommandTest {
    @TempDir
    Path directory;

    private TestWorld world;
    private String spec;

    @BeforeEach
    void begin() throws Exception {
        world = new TestWorld(directory);
        spec = world.file("good.yaml", Specs.GOOD);
    }

    @Test
    void an_experiment_runs_to_its_end_and_shows_its_errors_class_by_class() {
        // When
        int code = world.frl("run", spec);

        // Then
        assertThat(code).isZero();
        assertThat(world.kafka.published).hasSize(1).allMatch(p -> p.equals("small\n" + Specs.GOOD));
        assertThat(world.out.toString())
                .contains("robust error, %")
                .contains("0 cat")
                .contains("vs none: worst");
        String id = FakeKafka.plan(Specs.GOOD).experimentId();
        assertThat(world.err.toString())
                .contains(id + ": 2 runs; logs in .frl/logs/frl.log")
                .contains("none, seed 1: epoch 1/2 evaluated, robust error 45.0%, worst class cat with 60.0%")
                .contains("[100%  4/4 epochs")
                .contains("Report  .frl/runs/" + id + "/report.html");
        assertThat(directory.resolve(".frl/runs").resolve(id).resolve("report.html"))
                .exists();
        assertThat(directory.resolve(".frl/broker.json")).doesNotExist();
    }

    @Test
    void a_failed_run_is_told_with_its_reason_and_exits_with_1() {
        // Given
        world.kafka.failure = "the loss is not finite";

        // When
        int code = world.frl("run", spec);

        // Then
        assertThat(code).isEqualTo(1);
        assertThat(world.err.toString().lines())
                .filteredOn(line -> line.contains("failed: the loss is not finite"))
                .hasSize(4); // each run as it happens and at the end
    }

    @Test
    void a_reason_from_afar_cannot_command_the_terminal() {
        // Given
        world.kafka.failure = "line one\nline two \u001b[2J\u0007";

        // When
        world.frl("run", spec);
        world.frl("list", "--bootstrap", "kafka:9092");

        // Then
        assertThat(world.err.toString())
                .contains("failed: line one line two ?[2J?")
                .doesNotContain("\u001b[2J");
    }

    @Test
    void a_bad_spec_starts_nothing() throws Exception {
        // Given
        String bad = world.file("bad.yaml", Specs.with("epoch: 2", "epochs: 2"));

        // When
        int code = world.frl("run", bad);

        // Then
        assertThat(code).isEqualTo(2);
        assertThat(world.err.toString()).isEqualTo("""
                bad.yaml: 1 problem, nothing was run
                  line 11  spec.training.epoch is not a setting. Did you mean spec.training.epochs?
                """);
        assertThat(world.kafka.started).isEmpty();
        assertThat(directory.resolve(".frl")).doesNotExist();
    }

    @Test
    void runs_that_have_ended_are_shown_and_not_run_again() {
        // Given
        world.kafka.ran(Specs.GOOD);

        // When
        int code = world.frl("run", spec);

        // Then
        assertThat(code).isZero();
        assertThat(world.kafka.published).isEmpty();
        assertThat(world.err.toString()).contains("was run before; these are its results. --again runs it anew.");
        assertThat(world.out.toString()).contains("robust error, %");
    }

    @Test
    void again_runs_the_next_generation_and_then_plain_run_shows_that_one() {
        // Given
        world.kafka.ran(Specs.GOOD);

        // When
        int again = world.frl("run", "--again", spec);
        int shown = world.frl("run", spec);

        // Then
        assertThat(again).isZero();
        assertThat(shown).isZero();
        assertThat(world.kafka.published).hasSize(1);
        assertThat(world.kafka.published.get(0)).contains("metadata: {\"generation\": 2, name: small}");
        String second = FakeKafka.plan(world.kafka.published.get(0).substring("small\n".length()))
                .experimentId();
        assertThat(second).isNotEqualTo(FakeKafka.plan(Specs.GOOD).experimentId());
        assertThat(world.err.toString())
                .contains("running it anew as generation 2, " + second)
                .contains(second + " was run before; these are its results.");
    }

    @Test
    void an_interrupted_experiment_says_how_to_go_on() {
        // Given
        world.kafka.afterEachEvent = () -> world.stopRequested = true;

        // When
        int code = world.frl("run", spec);

        // Then
        assertThat(code).isEqualTo(130);
        assertThat(world.err.toString()).contains("the same command goes on where it was");
        assertThat(world.out.toString()).isEmpty();
    }

    @Test
    void an_experiment_that_was_begun_goes_on() {
        // Given
        var plan = FakeKafka.plan(Specs.GOOD).runs().get(0);
        world.kafka.events.addAll(
                new FakeRun(plan, world.now).requested().trained(0).events());
        world.kafka.afterEachEvent = () -> world.stopRequested = true;

        // When
        world.frl("run", spec);

        // Then
        assertThat(world.err.toString()).contains("was begun before; going on where it was.");
        assertThat(world.kafka.published).hasSize(1);
    }

    @Test
    void what_is_not_recorded_in_time_is_said_and_holds_nobody_up() {
        // Given
        world.kafka.recorded = false;
        world.kafka.ran(Specs.GOOD);
        world.stopRequested = true; // as a user who does not want to wait

        // When
        int code = world.frl("run", spec, "--mlflow", "http://127.0.0.1:1");

        // Then
        assertThat(code).isZero();
        assertThat(world.err.toString())
                .contains("Not everything is recorded yet")
                .contains("MLflow  http://127.0.0.1:1");
        assertThat(world.out.toString()).contains("robust error, %");
    }

    @Test
    void a_home_that_another_process_uses_is_temporary() throws Exception {
        // Given
        Files.createDirectories(directory.resolve(".frl"));
        Files.writeString(
                directory.resolve(".frl/broker.json"),
                "{\"bootstrapServers\": \"127.0.0.1:9\", \"pid\": %d}"
                        .formatted(ProcessHandle.current().pid()),
                StandardCharsets.UTF_8);

        // When
        int code = world.frl("run", spec);

        // Then
        assertThat(code).isEqualTo(75);
        assertThat(world.err.toString()).contains("uses .frl; wait until it ends, publish to it with `frl submit`");
        assertThat(world.kafka.started).isEmpty();
    }

    @Test
    void a_home_that_is_a_file_is_wrong_usage() throws Exception {
        // Given
        world.file("occupied", "");

        // When
        int code = world.frl("run", spec, "--home", "occupied");

        // Then
        assertThat(code).isEqualTo(2);
        assertThat(world.err.toString()).contains("occupied is no folder that can be written");
    }

    @Test
    void json_holds_runs_and_table() throws Exception {
        // When
        world.frl("run", spec, "-o", "json");

        // Then
        var json = Json.MAPPER.readTree(world.out.toString());
        assertThat(json.at("/runs")).hasSize(2);
        assertThat(json.at("/runs/0/phase").asText()).isEqualTo("finished");
        assertThat(json.at("/runs/0/worstRobustError").asDouble()).isEqualTo(0.6);
        assertThat(json.at("/table/rows/0/name").asText()).isEqualTo("cat");
    }

    @Test
    void settings_come_from_options_first_and_from_variables_next() {
        // Given
        world.env.put("FRL_THREADS", "3");
        world.env.put("FRL_HOME", "elsewhere");
        world.env.put("MLFLOW_TRACKING_URI", "http://mlflow:5000");

        // When
        world.frl("run", spec);
        world.frl("run", spec, "--threads", "2", "--home", "here", "--mlflow", "none", "--data", "images");

        // Then
        var first = world.kafka.started.get(0);
        var second = world.kafka.started.get(1);
        assertThat(first.threads()).isEqualTo(3);
        assertThat(first.home()).isEqualTo(directory.resolve("elsewhere"));
        assertThat(first.mlflow().trackingUri()).hasToString("http://mlflow:5000");
        assertThat(second.threads()).isEqualTo(2);
        assertThat(second.home()).isEqualTo(directory.resolve("here"));
        assertThat(second.data()).isEqualTo(directory.resolve("images"));
        assertThat(second.mlflow()).isNull();
    }
}
