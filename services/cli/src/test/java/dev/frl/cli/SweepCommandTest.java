package dev.frl.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.frl.cli.terminal.PrettyJson;
import dev.frl.core.experiment.BestPoint;
import dev.frl.core.experiment.ExperimentEvent;
import dev.frl.core.experiment.ExperimentPhase;
import dev.frl.core.experiment.ExperimentPlan;
import dev.frl.core.experiment.ExperimentStatus.RunCounts;
import dev.frl.core.run.RunPlan;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** sweep status, best, pareto. */
class SweepCommandTest {
    /** Three points of two seeds each. */
    private static final String SPEC = Specs.with("""
            fairness.policy: [none, frl-reweight, frl-remargin]
                seeds: 2
                constraints: {averageRobust: 0.55, averageClean: 0.6}
            """, "fairness.policy: [none, frl-reweight]\n");

    private static final ExperimentPlan PLAN = FakeKafka.plan(SPEC);

    @TempDir
    Path directory;

    private TestContext context;

    @BeforeEach
    void begin() {
        context = new TestContext(directory);
        context.env.put("KAFKA_BOOTSTRAP_SERVERS", "kafka:9092");
    }

    private RunPlan run(int point, int seed) {
        return PLAN.points().get(point).replicas().get(seed - 1);
    }

    /** Images in error under attack: of ten cats and ten dogs each. */
    private void finished(int point, int seed, int cats, int dogs) {
        context.kafka.events.addAll(FakeRun.finished(run(point, seed), context.now, cats, dogs));
    }

    private void experiment(ExperimentPhase phase, RunCounts runs, int pruned, @Nullable BestPoint best) {
        context.kafka.experiments.add(Experiments.of(PLAN, context.now, phase, runs, pruned, best));
    }

    private static BestPoint best(String policy, double worst) {
        return new BestPoint(1, Map.of("fairness.policy", policy), worst, 0.65, 0.85, 2, 2);
    }

    /** none: 0.2 and 0.4 in the worst class; frl-reweight: 0.5 and 0.5; frl-remargin: 0.4 and 0.4, better on average. */
    private void allFinished() {
        finished(0, 1, 8, 1);
        finished(0, 2, 6, 3);
        finished(1, 1, 5, 3);
        finished(1, 2, 5, 3);
        finished(2, 1, 6, 1);
        finished(2, 2, 6, 1);
        experiment(ExperimentPhase.FINISHED, new RunCounts(0, 0, 0, 6, 0, 0), 0, best("frl-reweight", 0.5));
        context.advance(Duration.ofMinutes(5));
    }

    @Test
    void status_shows_every_point_with_its_interval_over_seeds() {
        // Given
        allFinished();

        // When
        int code = context.frl("sweep", "status", "small");

        // Then: t(0.95, 1) is 12.7, so that two seeds that differ say little
        assertThat(code).isZero();
        assertThat(context.out.toString()).isEqualTo(String.format(Locale.ROOT, """
                %s: 6 runs: 6 finished
                  phase     finished, since 5 min ago
                  reason    completed
                  search    a search; 3 points
                  best      frl-reweight with a robust accuracy of 50.0%% in the worst class and 65.0%% on average
                  floors    average robust accuracy of at least 55.00 %% and average clean accuracy of at least 60.00 %%

                POINT         RUNS        EPOCH  WORST CLASS         AVERAGE             CLEAN               TEST WORST          TEST AVERAGE        TEST CLEAN
                frl-reweight  2 finished      2  50.0%% [50.0, 50.0]  60.0%% [60.0, 60.0]  85.0%% [85.0, 85.0]  50.0%% [50.0, 50.0]  60.0%% [60.0, 60.0]  85.0%% [85.0, 85.0]
                frl-remargin  2 finished      2  40.0%% [40.0, 40.0]  65.0%% [65.0, 65.0]  85.0%% [85.0, 85.0]  40.0%% [40.0, 40.0]  65.0%% [65.0, 65.0]  85.0%% [85.0, 85.0]
                none          2 finished      2  30.0%% [0.0, 100.0]  55.0%% [55.0, 55.0]  85.0%% [85.0, 85.0]  30.0%% [0.0, 100.0]  55.0%% [55.0, 55.0]  85.0%% [85.0, 85.0]
                """, PLAN.experimentId()));
        assertThat(context.err.toString()).isEmpty();
        assertThat(context.kafka.eventsRead).isEmpty(); // a bounded read, however much has run
    }

    @Test
    void the_report_names_the_constraints_of_the_sweep() {
        // Given
        allFinished();
        context.kafka.experimentEvents.add(new ExperimentEvent.Submitted(
                PLAN.name(), PLAN.experimentId(), PLAN.generation(), PLAN.labels(), PLAN.settings(), 6, context.now));

        // When
        int code = context.frl("report", "small", "--out", "page.html");

        // Then
        assertThat(code).isZero();
        assertThat(directory.resolve("page.html"))
                .content()
                .contains(
                        "Constraints: average robust accuracy of at least 55.0 % and average clean accuracy of at least 60.0 %.");
    }

    @Test
    void status_works_while_the_sweep_runs() {
        // Given
        finished(0, 1, 8, 1);
        context.kafka.events.addAll(
                new FakeRun(run(0, 2), context.now).requested().epoch(0).events());
        context.kafka.events.addAll(FakeRun.stopped(run(1, 1), context.now, "pruned at epoch 1: rank 2 of 2"));
        experiment(ExperimentPhase.RUNNING, new RunCounts(3, 1, 0, 1, 0, 1), 1, best("none", 0.2));

        // When
        int code = context.frl("sweep", "status", run(0, 2).runId());

        // Then: with one seed the interval is over the images of its worst class, 2 of 10
        assertThat(code).isZero();
        assertThat(context.out.toString())
                .contains("6 runs: 1 finished, 1 open, 3 waiting, 1 stopped")
                .contains("3 points, 1 pruned")
                .contains("  leads     none with")
                .contains("none          1 finished, 1 open      2  20.0% [5.7, –]")
                .contains("frl-reweight  1 stopped")
                .contains("pruned at epoch 1: rank 2 of 2");
        assertThat(context.err.toString()).isEqualTo("1 point has not begun yet.\n");
    }

    @Test
    void csv_has_a_row_for_each_point_and_a_column_for_each_setting() {
        // Given
        allFinished();

        // When
        int code = context.frl("sweep", "status", "small", "-o", "csv");

        // Then
        assertThat(code).isZero();
        assertThat(context.out.toString().lines().limit(2))
                .containsExactly(
                        "point,fairness.policy,seeds,epoch,open,finished,stopped,failed,validation_worst_robust_mean,validation_worst_robust_low,validation_worst_robust_high,validation_average_robust_mean,validation_average_robust_low,validation_average_robust_high,validation_average_clean_mean,validation_average_clean_low,validation_average_clean_high,test_worst_robust_mean,test_worst_robust_low,test_worst_robust_high,test_average_robust_mean,test_average_robust_low,test_average_robust_high,test_average_clean_mean,test_average_clean_low,test_average_clean_high,note",
                        "frl-reweight,frl-reweight,2,2,0,2,0,0,0.5,0.5,0.5,0.6,0.6,0.6,0.85,0.85,0.85,0.5,0.5,0.5,0.6,0.6,0.6,0.85,0.85,0.85,");
        assertThat(context.out.toString().lines()).hasSize(4);
    }

    @Test
    void csv_quotes_what_has_commas() {
        // Given
        context.kafka.failure = "no \"data\", no run";
        context.kafka.ran(SPEC);

        // When
        context.frl("sweep", "status", "small", "-o", "csv");

        // Then
        assertThat(context.out.toString().lines().skip(1))
                .allMatch(line -> line.endsWith(",\"no \"\"data\"\", no run\""));
    }

    @Test
    void json_holds_points_runs_and_constraints() throws Exception {
        // Given
        allFinished();

        // When
        context.frl("sweep", "status", "small", "-o", "json");

        // Then
        var json = PrettyJson.MAPPER.readTree(context.out.toString());
        assertThat(json.at("/phase").asText()).isEqualTo("finished");
        assertThat(json.at("/runs/finished").asInt()).isEqualTo(6);
        assertThat(json.at("/constraints/averageRobust").asDouble()).isEqualTo(0.55);
        assertThat(json.at("/points")).hasSize(3);
        assertThat(json.at("/points/2/variant/fairness.policy").asText()).isEqualTo("none");
        assertThat(json.at("/points/2/seeds").asInt()).isEqualTo(2);
        assertThat(json.at("/points/2/validation/worstRobust/mean").asDouble()).isCloseTo(0.3, within(1e-12));
        assertThat(json.at("/points/2/validation/worstRobust/over").asText()).isEqualTo("seeds");
        assertThat(json.at("/points/2/test/averageRobust/low").asDouble()).isCloseTo(0.55, within(1e-12));
        assertThat(json.at("/points/2/runs/1/seed").asInt()).isEqualTo(2);
        assertThat(json.at("/points/2/runs/1/run").asText()).isEqualTo(run(0, 2).runId());
    }

    @Test
    void best_is_the_best_worst_class_under_the_constraints() throws Exception {
        // Given
        allFinished();

        // When
        int code = context.frl("sweep", "best", "small");
        int json = context.frl("sweep", "best", "small", "-o", "json");

        // Then
        assertThat(new int[] {code, json}).containsOnly(0);
        assertThat(context.err.toString()).isEmpty();
        var lines = context.out.toString().lines().toList();
        assertThat(lines.get(1)).startsWith("frl-reweight  2 finished");
        assertThat(lines.get(2)).isEqualTo("{");
        var best = PrettyJson.MAPPER.readTree(String.join("\n", lines.subList(2, lines.size())));
        assertThat(best.at("/best/variant/fairness.policy").asText()).isEqualTo("frl-reweight");
        assertThat(best.at("/nearestMiss").isNull()).isTrue();
    }

    @Test
    void without_a_point_that_meets_the_constraints_the_nearest_miss_is_shown_with_what_it_lacks() {
        // Given
        finished(0, 1, 10, 1);
        finished(0, 2, 10, 1);
        finished(1, 1, 8, 4);
        finished(1, 2, 8, 4);
        experiment(ExperimentPhase.RUNNING, new RunCounts(0, 2, 0, 4, 0, 0), 0, best("none", 0.4));

        // When
        int code = context.frl("sweep", "best", "small");

        // Then
        assertThat(code).isEqualTo(1);
        assertThat(context.out.toString().lines().skip(1))
                .singleElement()
                .asString()
                .startsWith("none");
        assertThat(context.err.toString())
                .isEqualTo("No point meets the constraints; the nearest one, none, has average robust accuracy 45.00 %"
                        + " where 55.00 % is asked for.\n");
    }

    @Test
    void before_a_point_has_finished_best_and_pareto_say_who_leads() {
        // Given
        context.kafka.events.addAll(
                new FakeRun(run(0, 1), context.now).requested().epoch(0).events());
        experiment(ExperimentPhase.RUNNING, new RunCounts(5, 1, 0, 0, 0, 0), 0, best("none", 0.4));

        // When
        int best = context.frl("sweep", "best", "small");
        int front = context.frl("sweep", "pareto", "small");

        // Then
        assertThat(new int[] {best, front}).containsOnly(1);
        assertThat(context.out.toString()).isEmpty();
        assertThat(context.err.toString().lines())
                .hasSize(2)
                .containsOnly(
                        "No point has finished yet; at epoch 2 leads none with a robust accuracy of 40.0% in the worst"
                                + " class and 65.0% on average.");
    }

    @Test
    void after_the_end_without_a_finished_point_there_is_nothing_to_wait_for() {
        // Given
        context.kafka.events.addAll(FakeRun.stopped(run(0, 1), context.now, "killed by a user"));
        experiment(ExperimentPhase.STOPPED, new RunCounts(0, 0, 0, 0, 0, 6), 0, null);

        // When
        int code = context.frl("sweep", "pareto", "small");

        // Then
        assertThat(code).isEqualTo(1);
        assertThat(context.err.toString()).isEqualTo("No point has finished, and the experiment has ended.\n");
    }

    @Test
    void pareto_leaves_out_what_another_point_beats_in_both() throws Exception {
        // Given
        allFinished();

        // When
        int code = context.frl("sweep", "pareto", "small", "-o", "csv");
        context.frl("sweep", "pareto", "small");
        String table = context.out.toString();
        context.out.getBuffer().setLength(0);
        context.frl("sweep", "pareto", "small", "-o", "json");

        // Then
        assertThat(code).isZero();
        assertThat(table.lines().map(line -> line.split("[ ,]", 2)[0]))
                .containsExactly("point", "frl-reweight", "frl-remargin", "POINT", "frl-reweight", "frl-remargin");
        assertThat(PrettyJson.MAPPER.readTree(context.out.toString()).at("/front"))
                .hasSize(2);
    }

    @Test
    void an_unknown_sweep_names_the_nearest_and_a_missing_command_the_commands() {
        // Given
        allFinished();

        // When
        int near = context.frl("sweep", "status", "smal-x");
        int none = context.frl("sweep");
        int format = context.frl("sweep", "best", "small", "-o", "yaml");

        // Then
        assertThat(near).isEqualTo(1);
        assertThat(new int[] {none, format}).containsOnly(2);
        assertThat(context.err.toString())
                .contains("frl sweep status: there is no run or experiment smal-x")
                .contains("frl sweep: missing command; choose status, best, pareto or render.")
                .contains("--output is yaml; it must be table or csv or json.");
    }

    @Test
    void brokers_without_the_topic_of_experiments_show_points_all_the_same() {
        // Given
        context.kafka.experimentsRefused = "there is no topic frl.experiment-status";
        List.of(1, 2).forEach(seed -> finished(0, seed, 8, 1));

        // When
        int code = context.frl("sweep", "best", "small");

        // Then
        assertThat(code).isZero();
        assertThat(context.out.toString()).contains("none   2 finished");
        assertThat(context.err.toString())
                .isEqualTo("Experiments are not shown: there is no topic frl.experiment-status.\n");
    }
}
