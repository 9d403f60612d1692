package dev.frl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.cli.terminal.PrettyJson;
import dev.frl.core.experiment.BestPoint;
import dev.frl.core.experiment.ExperimentPhase;
import dev.frl.core.experiment.ExperimentPlan;
import dev.frl.core.experiment.ExperimentStatus.RunCounts;
import dev.frl.core.run.RunEvent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where an experiment stands: in submit and run of a known spec, in list, in status, and for a watch. */
class ExperimentStandingTest {
    private static final ExperimentPlan PLAN = FakeKafka.plan(Specs.GOOD);
    private static final String ID = PLAN.experimentId();

    @TempDir
    Path directory;

    private TestContext context;
    private String spec = "";

    @BeforeEach
    void begin() throws Exception {
        context = new TestContext(directory);
        context.env.put("KAFKA_BOOTSTRAP_SERVERS", "kafka:9092");
        spec = context.file("good.yaml", Specs.GOOD);
    }

    private void experiment(ExperimentPhase phase, RunCounts runs, @Nullable BestPoint best) {
        context.kafka.experiments.clear();
        context.kafka.experiments.add(Experiments.of(PLAN, context.now, phase, runs, 0, best));
    }

    private static BestPoint best() {
        return new BestPoint(1, Map.of("fairness.policy", "frl-reweight"), 0.4, 0.55, 0.85, 2, 1);
    }

    /** The first run finished, the second one failed. */
    private void oneOfTwoFailed() {
        context.kafka.events.addAll(FakeRun.finished(PLAN.runs().get(0), context.now));
        context.kafka.events.addAll(FakeRun.failed(PLAN.runs().get(1), context.now, "out of memory"));
        experiment(ExperimentPhase.FINISHED, new RunCounts(0, 0, 0, 1, 1, 0), best());
    }

    @Test
    void submit_of_a_known_spec_tells_where_it_stands_and_what_would_run_it_again() {
        // Given
        oneOfTwoFailed();

        // When
        int code = context.frl("submit", spec);

        // Then
        assertThat(code).isZero();
        assertThat(context.kafka.published).hasSize(1);
        assertThat(context.err.toString()).isEqualTo(String.format(Locale.ROOT, """
                %s was submitted before, so nothing new starts. It is finished, with 2 runs: 1 finished, 1 failed; best: frl-reweight with a robust accuracy of 40.0%% in the worst class and 55.0%% on average.
                To continue only what failed: frl retry %1$s --failed
                To run all of it again: increment metadata.generation in the spec.
                To run only new points or seeds, add values to the spec: frl extend %1$s -f good.yaml
                %1$s: published to kafka:9092, 2 runs. To watch: frl status %1$s -w
                """, ID));
    }

    @Test
    void submit_counts_the_runs_itself_where_the_experiment_is_not_known() {
        // Given
        context.kafka.failure = "out of memory";
        context.kafka.ran(Specs.GOOD);

        // When
        context.frl("submit", spec);

        // Then
        assertThat(context.err.toString())
                .contains(ID + " was submitted before, so nothing new starts. It has 2 runs: 2 failed.")
                .contains("To continue only what failed: frl retry " + ID + " --failed");
    }

    @Test
    void submit_of_a_paused_or_running_experiment_does_not_offer_to_run_it_again() {
        // Given
        context.kafka.events.addAll(FakeRun.finished(PLAN.runs().get(0), context.now));
        experiment(ExperimentPhase.PAUSED, new RunCounts(1, 0, 0, 1, 0, 0), null);

        // When
        context.frl("submit", spec);
        String paused = context.err.toString();
        context.err.getBuffer().setLength(0);
        experiment(ExperimentPhase.RUNNING, new RunCounts(0, 1, 0, 1, 0, 0), null);
        context.frl("submit", spec);

        // Then
        assertThat(paused)
                .contains("It is paused, with 2 runs: 1 finished, 1 waiting.")
                .contains("To go on: frl resume " + ID);
        assertThat(context.err.toString())
                .contains("It is running, with 2 runs: 1 finished, 1 open.")
                .doesNotContain("generation", "frl retry", "frl resume", "frl extend");
    }

    @Test
    void submit_of_a_changed_spec_with_the_same_name_says_nothing_of_the_old_one() throws Exception {
        // Given
        oneOfTwoFailed();

        // When
        context.frl("submit", context.file("changed.yaml", Specs.with("epochs: 3", "epochs: 2")));

        // Then
        assertThat(context.err.toString()).doesNotContain("submitted before");
    }

    @Test
    void run_of_an_ended_spec_tells_how_to_retry_and_to_extend_it() {
        // Given
        context.env.clear();
        oneOfTwoFailed();

        // When
        int code = context.frl("run", spec);

        // Then
        assertThat(code).isEqualTo(1);
        assertThat(context.kafka.published).isEmpty();
        assertThat(context.err.toString())
                .contains(ID + " has ended; these are its results. To run it again: --again\n")
                .contains("It has 2 runs: 1 finished, 1 failed; best: frl-reweight with")
                .contains("To continue only what failed: `frl up`, and in another terminal frl retry " + ID
                        + " --failed\n")
                .contains("frl extend " + ID + " -f good.yaml");
    }

    @Test
    void run_of_a_stopped_experiment_does_not_wait_for_runs_that_were_never_handed_out() {
        // Given
        context.env.clear();
        context.kafka.events.addAll(FakeRun.stopped(PLAN.runs().get(0), context.now, "stopped by a user: enough"));
        experiment(ExperimentPhase.STOPPED, new RunCounts(0, 0, 0, 0, 0, 2), null);

        // When
        int code = context.frl("run", spec);

        // Then
        assertThat(code).as(context.err.toString()).isZero();
        assertThat(context.kafka.published).isEmpty();
        assertThat(context.err.toString())
                .contains("It has 2 runs: 2 stopped.")
                .contains("frl retry " + ID + " --stopped")
                .contains("1 run was stopped before its last epoch; `frl list` says why.");
    }

    @Test
    void a_watch_ends_when_the_experiment_is_stopped_before_all_runs_are_handed_out() {
        // Given: the services hand out one run
        context.env.clear();
        context.kafka.withheld.add(PLAN.runs().get(1).runId());
        context.kafka.afterEachEvent = () -> {
            if (context.kafka.experiments.isEmpty()
                    && context.kafka.events.stream().anyMatch(RunEvent::isEnd)) {
                experiment(ExperimentPhase.STOPPED, new RunCounts(0, 0, 0, 1, 0, 1), null);
            }
        };

        // When
        int code = context.frl("run", spec);

        // Then
        assertThat(code).isZero();
        assertThat(context.err.toString()).contains("none, seed 1: finished");
    }

    @Test
    void a_watch_of_an_experiment_goes_on_with_runs_that_are_handed_out_later() {
        // Given
        context.kafka.events.addAll(FakeRun.finished(PLAN.runs().get(0), context.now));
        experiment(ExperimentPhase.RUNNING, new RunCounts(1, 0, 0, 1, 0, 0), null);
        context.kafka.beforeStatusRead = () -> {
            if (context.kafka.statusReads == 3) {
                context.kafka.events.addAll(FakeRun.finished(PLAN.runs().get(1), context.now));
                experiment(ExperimentPhase.FINISHED, new RunCounts(0, 0, 0, 2, 0, 0), null);
            }
        };

        // When
        int code = context.frl("status", "small", "-w", "-o", "json");

        // Then
        assertThat(code).isZero();
        assertThat(context.out.toString()).contains(PLAN.runs().get(1).runId());
    }

    @Test
    void a_watch_of_a_run_that_was_retried_shows_its_last_end() {
        // Given
        var plan = PLAN.runs().get(0);
        context.kafka.events.addAll(new FakeRun(plan, context.now)
                .requested()
                .epoch(0)
                .add(new RunEvent.Stopped(plan.runId(), "stopped by a user", context.now))
                .add(new RunEvent.Reopened(plan.runId(), 2, "retried by a user", context.now))
                .add(new RunEvent.Failed(plan.runId(), "enough", context.now.plusSeconds(60)))
                .events());

        // When
        int code = context.frl("status", plan.runId(), "-w");

        // Then
        assertThat(code).isEqualTo(1);
        assertThat(context.out.toString()).contains("failed").contains("enough");
    }

    @Test
    void list_shows_experiments_with_their_runs_by_state_and_why_runs_were_stopped() {
        // Given
        context.kafka.events.addAll(FakeRun.finished(PLAN.runs().get(0), context.now));
        context.kafka.events.addAll(
                FakeRun.stopped(PLAN.runs().get(1), context.now, "stopped by a user: wrong\u001b[2J seeds"));
        experiment(ExperimentPhase.STOPPED, new RunCounts(0, 0, 0, 1, 0, 1), best());
        context.advance(Duration.ofMinutes(10));

        // When
        int code = context.frl("list");
        int one = context.frl("list", ID);

        // Then
        assertThat(new int[] {code, one}).containsOnly(0);
        var lines = context.out.toString().lines().toList();
        assertThat(lines).hasSize(12);
        assertThat(lines.subList(0, 6)).isEqualTo(lines.subList(6, 12));
        assertThat(lines.get(0)).endsWith("REASON");
        assertThat(lines.get(1)).contains("finished").endsWith("-");
        assertThat(lines.get(2)).contains("stopped").endsWith("stopped by a user: wrong?[2J seeds");
        assertThat(lines.get(3)).isEmpty();
        assertThat(lines.get(4)).startsWith("EXPERIMENT");
        assertThat(lines.get(5)).isEqualTo(ID + "  stopped  2 runs: 1 finished, 1 stopped  10 min ago  completed");
    }

    @Test
    void list_shows_an_experiment_without_a_run() {
        // Given
        experiment(ExperimentPhase.RUNNING, new RunCounts(2, 0, 0, 0, 0, 0), null);

        // When
        int code = context.frl("list");
        int status = context.frl("status", "small");

        // Then
        assertThat(new int[] {code, status}).containsOnly(0);
        assertThat(context.out.toString())
                .startsWith("EXPERIMENT")
                .contains("running  2 runs: 2 waiting")
                .contains("  search    all runs to the last epoch; 2 points\n");
        assertThat(context.err.toString()).isEmpty();
    }

    @Test
    void status_of_an_experiment_ends_with_the_experiment_and_of_a_stopped_run_with_why() throws Exception {
        // Given
        context.kafka.events.addAll(FakeRun.finished(PLAN.runs().get(0), context.now));
        context.kafka.events.addAll(FakeRun.stopped(PLAN.runs().get(1), context.now, "killed by a user"));
        experiment(ExperimentPhase.STOPPED, new RunCounts(0, 0, 0, 1, 0, 1), best());

        // When
        int all = context.frl("status", "small");
        String experiment = context.out.toString();
        context.out.getBuffer().setLength(0);
        int one = context.frl("status", PLAN.runs().get(1).runId());
        String run = context.out.toString();
        context.out.getBuffer().setLength(0);
        context.frl("status", "small", "-o", "json");

        // Then
        assertThat(new int[] {all, one}).containsOnly(0);
        assertThat(experiment)
                .contains("\n" + ID + ": 2 runs: 1 finished, 1 stopped\n")
                .contains("  best      frl-reweight with");
        assertThat(run)
                .contains("  phase     stopped")
                .contains("  reason    killed by a user\n")
                .doesNotContain("deadline");
        var json = PrettyJson.MAPPER.readTree(context.out.toString());
        assertThat(json).hasSize(2);
        assertThat(json.at("/1/phase").asText()).isEqualTo("stopped");
        assertThat(json.at("/1/reason").asText()).isEqualTo("killed by a user");
    }
}
