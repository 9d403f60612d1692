package dev.frl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.cli.context.Home;
import dev.frl.cli.local.LocalBroker;
import dev.frl.cli.terminal.PrettyJson;
import dev.frl.core.command.Verb;
import dev.frl.core.experiment.ExperimentPhase;
import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunPlan;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** stop, kill, pause, resume, retry, extend. */
class OrdersTest {
    private static final List<RunPlan> RUNS = FakeKafka.plan(Specs.GOOD).runs();
    private static final String ID = FakeKafka.plan(Specs.GOOD).experimentId();
    private static final String RUN = RUNS.get(0).runId();

    @TempDir
    Path directory;

    private TestContext context;

    @BeforeEach
    void begin() {
        context = new TestContext(directory);
        context.env.put("KAFKA_BOOTSTRAP_SERVERS", "kafka:9092");
    }

    private void runsAreOpen() {
        RUNS.forEach(plan -> context.kafka.events.addAll(
                new FakeRun(plan, context.now).requested().epoch(0).events()));
    }

    private void runsHaveEnded(String reason) {
        RUNS.forEach(plan -> context.kafka.events.add(new RunEvent.Stopped(plan.runId(), reason, context.now)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"stop", "kill", "pause", "resume", "retry"})
    void an_order_names_the_newest_experiment_and_shows_what_changed(String verb) {
        // Given
        runsAreOpen();
        context.kafka.answers = command -> command.done(
                String.format(Locale.ROOT, "experiment %s: 2 open runs are told", command.target()),
                RUNS.stream().map(RunPlan::runId).toList());

        // When
        int code = context.frl(verb, "small", "--reason", "wrong seeds");

        // Then
        assertThat(code).isZero();
        assertThat(context.kafka.asked).containsExactly("kafka:9092");
        assertThat(context.kafka.commands)
                .containsExactly(String.format(
                        Locale.ROOT,
                        "{\"verb\":\"%s\",\"experiment\":\"%s\"%s,\"reason\":\"wrong seeds\"}",
                        verb,
                        ID,
                        verb.equals("retry") ? ",\"which\":\"failed\"" : ""));
        assertThat(context.err.toString())
                .isEqualTo(String.format(Locale.ROOT, "Experiment %s: 2 open runs are told.%n", ID));
        assertThat(context.out.toString().lines())
                .hasSize(3)
                .anyMatch(line -> line.startsWith(RUN) && line.endsWith("none, seed 1"));
    }

    @Test
    void an_order_to_a_run_says_so() {
        // Given
        runsAreOpen();

        // When
        int code = context.frl("stop", RUN);
        int prefix = context.frl("stop", "small-none");

        // Then
        assertThat(new int[] {code, prefix}).containsOnly(0);
        assertThat(context.kafka.commands)
                .hasSize(2)
                .containsOnly(String.format(Locale.ROOT, "{\"verb\":\"stop\",\"run\":\"%s\"}", RUN));
    }

    @Test
    void an_order_given_twice_is_done_twice() {
        // Given
        runsAreOpen();
        context.kafka.answers = command -> command.done(
                String.format(Locale.ROOT, "experiment %s: nothing changed; it is being stopped", command.target()),
                List.of());

        // When
        int first = context.frl("stop", "small");
        int second = context.frl("stop", "small");

        // Then
        assertThat(new int[] {first, second}).containsOnly(0);
        assertThat(context.err.toString().lines())
                .containsExactly(
                        String.format(Locale.ROOT, "Experiment %s: nothing changed; it is being stopped.", ID),
                        String.format(Locale.ROOT, "Experiment %s: nothing changed; it is being stopped.", ID));
        assertThat(context.out.toString()).isEmpty();
    }

    @Test
    void a_refused_order_exits_with_1_and_the_reason() throws Exception {
        // Given
        context.kafka.ran(Specs.GOOD);
        context.kafka.answers = command -> command.refused(
                String.format(Locale.ROOT, "experiment %s: no run has failed\u001b[2J", command.target()));

        // When
        int code = context.frl("retry", "small");
        int json = context.frl("retry", "small", "-o", "json");

        // Then
        assertThat(new int[] {code, json}).containsOnly(1);
        assertThat(context.err.toString().lines())
                .containsOnly(
                        String.format(Locale.ROOT, "frl retry: refused: experiment %s: no run has failed?[2J.", ID));
        var answer = PrettyJson.MAPPER.readTree(context.out.toString());
        assertThat(answer.at("/outcome").asText()).isEqualTo("refused");
        assertThat(answer.at("/command").asText()).isEqualTo("frl.commands-2@18");
        assertThat(answer.at("/changed")).isEmpty();
    }

    @Test
    void without_a_controller_the_order_stands_and_the_exit_code_says_to_look() {
        // Given
        context.kafka.ran(Specs.GOOD);
        context.kafka.answers = command -> null;

        // When
        int code = context.frl("stop", "small");
        context.stopRequested = true;
        int interrupted = context.frl("stop", "small");

        // Then
        assertThat(code).isEqualTo(75);
        assertThat(interrupted).isEqualTo(130);
        assertThat(context.err.toString().lines())
                .containsExactly(
                        "frl stop: published to kafka:9092 as frl.commands-2@17, but there was no answer within 30 s. Is a"
                                + " controller running? `frl up` and `frl controller` start one, and it carries the order out as"
                                + " soon as it runs.",
                        "Stopped waiting for the answer; the order is published as frl.commands-2@18.");
    }

    @Test
    void an_unknown_target_names_the_nearest_and_nothing_is_published() {
        // Given
        context.kafka.ran(Specs.GOOD);

        // When
        int near = context.frl("kill", "smal-" + RUN.substring("small-".length()));
        int far = context.frl("pause", "cifar");

        // Then
        assertThat(new int[] {near, far}).containsOnly(1);
        assertThat(context.kafka.commands).isEmpty();
        assertThat(context.err.toString())
                .contains("frl kill: there is no run or experiment smal-")
                .contains("Did you mean " + RUN)
                .contains("frl pause: there is no run or experiment cifar; `frl list` shows all runs.");
    }

    @Test
    void an_experiment_is_found_before_its_first_run_is_handed_out() {
        // Given
        context.kafka.experiments.add(
                Experiments.of(FakeKafka.plan(Specs.GOOD), context.now, ExperimentPhase.RUNNING, 2, 0, 0, 0, 0, 0));

        // When
        int code = context.frl("stop", "small");

        // Then
        assertThat(code).isZero();
        assertThat(context.kafka.commands).singleElement().asString().contains(ID);
    }

    @Test
    void wrong_usage_publishes_nothing() throws Exception {
        // Given
        context.kafka.ran(Specs.GOOD);

        // When
        int nothing = context.frl("stop");
        int reason = context.frl("stop", "small", "--reason", "two\nlines");
        int empty = context.frl("stop", "small", "--reason", " ");
        int both = context.frl("retry", "small", "--failed", "--stopped");
        int file = context.frl("extend", "small");
        int noFile = context.frl("extend", "small", "-f", "nowhere.yaml");
        int bad = context.frl("extend", "small", "-f", context.file("bad.yaml", Specs.with("epoch: 2", "epochs: 2")));

        // Then
        assertThat(new int[] {nothing, reason, empty, both, file, noFile, bad}).containsOnly(2);
        assertThat(context.kafka.commands).isEmpty();
        assertThat(context.err.toString())
                .contains("frl stop: missing: NAME.")
                .contains("frl stop: --reason must be one line of 1 to 500 characters.")
                .contains("frl retry: --failed and --stopped are both given; choose one,")
                .contains("frl extend: missing: --file.")
                .contains("frl extend: there is no file nowhere.yaml;")
                .contains("bad.yaml: 1 problem, nothing was published");
    }

    @Test
    void runs_that_are_not_handed_out_yet_are_listed_as_such() {
        // Given
        context.kafka.ran(Specs.GOOD);
        context.kafka.answers = command -> command.done(
                String.format(Locale.ROOT, "experiment %s: 2 runs handed out that were not before", command.target()),
                List.of(RUN, "later"));

        // When
        context.frl("retry", "small", "--stopped");

        // Then
        assertThat(context.out.toString().lines().skip(1).map(line -> line.replaceAll(" +", " ")))
                .containsExactly(RUN + " none, seed 1", "later not handed out yet");
    }

    @Test
    void retry_tells_failed_from_stopped() {
        // Given
        context.kafka.failure = "out of memory";
        context.kafka.ran(Specs.GOOD);

        // When
        context.frl("retry", "small");
        context.frl("retry", "small", "--failed");
        context.frl("retry", "small", "--stopped");

        // Then
        assertThat(context.kafka.commands)
                .map(json -> PrettyJson.MAPPER.readTree(json).at("/which").asText())
                .containsExactly("failed", "failed", "stopped");
    }

    @Test
    void without_a_broker_an_order_says_how_to_start_one_and_the_broker_of_this_home_is_used() throws Exception {
        // Given
        context.env.clear();
        runsAreOpen();
        int nobody = context.frl("stop", "small");

        // When
        int code;
        try (var announced = LocalBroker.announce(new Home(directory.resolve(".frl")), "127.0.0.1:777")) {
            code = context.frl("stop", "small");
        }

        // Then
        assertThat(nobody).isEqualTo(75);
        assertThat(code).isZero();
        assertThat(context.kafka.asked).containsExactly("127.0.0.1:777");
        assertThat(context.err.toString()).contains("no broker is running under .frl: start one with `frl up`");
    }

    @Test
    void wait_ends_when_all_runs_have_ended() {
        // Given
        runsAreOpen();
        context.kafka.beforeStatusRead = () -> {
            if (context.kafka.statusReads == 3) {
                runsHaveEnded("stopped by a user: enough");
            }
        };

        // When
        int code = context.frl("stop", "small", "--wait");

        // Then
        assertThat(code).isZero();
        assertThat(context.kafka.statusReads).isEqualTo(3);
        assertThat(context.out.toString().lines())
                .hasSize(3)
                .filteredOn(line -> line.contains("stopped by a user: enough"))
                .hasSize(2);
    }

    @Test
    void wait_waits_for_runs_that_are_not_handed_out_yet_and_can_be_interrupted() {
        // Given
        var plan = FakeKafka.plan(Specs.GOOD);
        context.kafka.ran(Specs.GOOD);
        context.kafka.experiments.add(Experiments.of(plan, context.now, ExperimentPhase.STOPPING, 0, 0, 0, 2, 0, 0));
        context.kafka.beforeStatusRead = () -> context.stopRequested = context.kafka.statusReads > 2;

        // When
        int code = context.frl("stop", "small", "--wait");

        // Then
        assertThat(code).isEqualTo(130);
        assertThat(context.err.toString()).endsWith("Stopped waiting; the order stands.\n");
    }

    @Test
    void extend_publishes_the_whole_spec_for_the_newest_experiment_of_its_name() throws Exception {
        // Given
        context.kafka.ran(Specs.GOOD);
        String more = Specs.with("[none, frl-reweight, frl-remargin]", "[none, frl-reweight]");
        String added = FakeKafka.plan(more).runs().get(2).runId();
        context.kafka.answers = command -> command.done(
                String.format(Locale.ROOT, "experiment %s: 1 run added", command.target()), List.of(added));

        // When
        int unnamed = context.frl("extend", "-f", context.file("more.yaml", more), "--reason", "one policy more");
        int named = context.frl("extend", ID, "-f", "more.yaml");

        // Then
        assertThat(new int[] {unnamed, named}).containsOnly(0);
        var command = PrettyJson.MAPPER.readTree(context.kafka.commands.get(0));
        assertThat(command.at("/verb").asText()).isEqualTo(Verb.EXTEND.label());
        assertThat(command.at("/experiment").asText()).isEqualTo(ID);
        assertThat(command.at("/spec").asText()).isEqualTo(more);
        assertThat(command.at("/reason").asText()).isEqualTo("one policy more");
        assertThat(context.kafka.published).isEmpty();
        assertThat(context.out.toString()).contains(added + "  frl-remargin, seed 1");
    }

    @Test
    void extend_refuses_runs_other_names_and_unknown_experiments() throws Exception {
        // Given
        context.kafka.ran(Specs.GOOD);
        context.file("good.yaml", Specs.GOOD);
        context.file("other.yaml", Specs.with("metadata: {name: other}", "metadata: {name: small}"));

        // When
        int run = context.frl("extend", RUN, "-f", "good.yaml");
        int other = context.frl("extend", "small", "-f", "other.yaml");
        int unknown = context.frl("extend", "-f", "other.yaml");

        // Then
        assertThat(new int[] {run, other}).containsOnly(2);
        assertThat(unknown).isEqualTo(1);
        assertThat(context.kafka.commands).isEmpty();
        assertThat(context.err.toString().lines())
                .anyMatch(line -> line.equals(String.format(
                        Locale.ROOT, "frl extend: %s is a run; only an experiment can be extended.", RUN)))
                .anyMatch(line -> line.equals(
                        "frl extend: NAME is small, but metadata.name of other.yaml is other; they must agree."))
                .anyMatch(line -> line.equals(
                        "frl extend: there is no experiment other to extend; to run the spec: frl submit other.yaml."));
    }

    @Test
    void json_is_the_answer_as_it_is_on_the_topic() throws Exception {
        // Given
        context.kafka.ran(Specs.GOOD);

        // When
        context.frl("stop", "small", "-o", "json");

        // Then
        assertThat(context.out.toString()).isEqualTo(String.format(Locale.ROOT, """
                {
                  "command" : "frl.commands-2@17",
                  "verb" : "stop",
                  "target" : "%s",
                  "outcome" : "done",
                  "text" : "experiment %1$s: carried out",
                  "changed" : [ ]
                }
                """, ID));
    }
}
