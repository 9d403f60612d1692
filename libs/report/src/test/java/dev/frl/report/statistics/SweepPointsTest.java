package dev.frl.report.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.frl.core.experiment.ExperimentSettings.Constraints;
import dev.frl.core.run.RunReport.Score;
import dev.frl.report.statistics.SweepRun.Standing;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SweepPointsTest {
    @Nested
    class Interval_of_seeds {
        /** From scipy 1.15: stats.t.ppf(0.975, df). */
        @ParameterizedTest
        @CsvSource({
            "1, 12.706204736174694",
            "2, 4.302652729749462",
            "3, 3.1824463052837078",
            "4, 2.7764451051977934",
            "5, 2.5705818356363146",
            "7, 2.364624251592784",
            "10, 2.228138851986274",
            "29, 2.045229642132703",
            "30, 2.0422724563012378",
            "100, 1.9839715185235518",
            "1000, 1.9623390808264083"
        })
        void the_quantiles_are_those_of_scipy(int freedom, double expected) {
            assertThat(StudentT.twoSided(0.95, freedom)).isCloseTo(expected, within(1e-9));
        }

        @Test
        void other_probabilities_are_those_of_scipy_too() {
            assertThat(StudentT.twoSided(0.90, 4)).isCloseTo(2.1318467863266495, within(1e-9));
            assertThat(StudentT.twoSided(0.99, 6)).isCloseTo(3.7074280213248065, within(1e-9));
        }

        @Test
        void there_is_no_quantile_without_a_degree_of_freedom() {
            assertThatThrownBy(() -> StudentT.twoSided(0.95, 0)).isInstanceOf(IllegalArgumentException.class);
        }

        /** From scipy: stats.t.interval(0.95, n - 1, mean, sem). */
        @Test
        void the_interval_is_that_of_scipy() {
            var three = Interval.of(List.of(0.31, 0.35, 0.27));
            assertThat(three.mean()).isCloseTo(0.31, within(1e-12));
            assertThat(three.low()).isCloseTo(0.21063449152998684, within(1e-9));
            assertThat(three.high()).isCloseTo(0.4093655084700132, within(1e-9));

            var five = Interval.of(List.of(0.61, 0.58, 0.655, 0.602, 0.631));
            assertThat(five.mean()).isCloseTo(0.6156, within(1e-12));
            assertThat(five.low()).isCloseTo(0.5800810298979059, within(1e-9));
            assertThat(five.high()).isCloseTo(0.6511189701020942, within(1e-9));
        }

        @Test
        void an_interval_of_a_fraction_ends_at_0_and_1() {
            assertThat(Interval.of(List.of(0.02, 0.4))).isEqualTo(new Interval(0.21000000000000002, 0, 1, 2));
        }

        @Test
        void equal_seeds_have_an_interval_of_no_width() {
            assertThat(Interval.of(List.of(0.25, 0.25))).isEqualTo(new Interval(0.25, 0.25, 0.25, 2));
        }

        @Test
        void one_seed_has_no_interval() {
            var one = Interval.of(List.of(0.25));
            assertThat(one.mean()).isEqualTo(0.25);
            assertThat(one.low()).isNaN();
            assertThat(one.isKnown()).isFalse();
        }

        @Test
        void a_seed_without_data_is_left_out() {
            assertThat(Interval.of(List.of(0.25, Double.NaN)).count()).isEqualTo(1);
            assertThat(Interval.of(List.of(Double.NaN)).mean()).isNaN();
        }

        /** The interval covers the true mean in 95 % of 4,000 samples of 4 normal values, give or take 4 standard errors. */
        @Test
        void the_interval_covers_the_true_mean_in_95_percent_of_samples() {
            // Given
            var random = new SplittableRandom(7);
            int samples = 4_000;
            int covered = 0;

            // When
            for (int i = 0; i < samples; i++) {
                var values = new ArrayList<Double>();
                for (int seed = 0; seed < 4; seed++) {
                    values.add(0.5 + 0.02 * random.nextGaussian());
                }
                var interval = Interval.of(values);
                covered += interval.low() <= 0.5 && 0.5 <= interval.high() ? 1 : 0;
            }

            // Then
            assertThat((double) covered / samples).isCloseTo(0.95, within(4 * Math.sqrt(0.95 * 0.05 / samples)));
        }
    }

    @Nested
    class Points_of_a_sweep {
        @Test
        void seeds_of_one_variant_are_one_point_with_their_means() {
            // When
            var points = SweepPoints.of(List.of(
                            finished("none", 1, 0.35, 0.60, 0.90),
                            finished("frl-reweight", 1, 0.40, 0.58, 0.88),
                            finished("none", 0, 0.31, 0.62, 0.92),
                            finished("none", 2, 0.27, 0.61, 0.91)))
                    .all();

            // Then
            assertThat(points).extracting(SweepPoint::name).containsExactly("none", "frl-reweight");
            var none = points.get(0);
            assertThat(none.runs()).extracting(SweepRun::seed).containsExactly(0L, 1L, 2L);
            assertThat(none.variant()).containsExactly(Map.entry("fairness.policy", "none"));
            assertThat(none.worstRobust().mean()).isCloseTo(0.31, within(1e-12));
            assertThat(none.worstRobust().low()).isCloseTo(0.21063449152998684, within(1e-9));
            assertThat(none.averageRobust().mean()).isCloseTo(0.61, within(1e-12));
            assertThat(none.averageClean().mean()).isCloseTo(0.91, within(1e-12));
            assertThat(none.epoch()).isEqualTo(9);
            assertThat(none.count(Standing.FINISHED)).isEqualTo(3);
        }

        @Test
        void a_swept_split_seed_makes_points_of_its_own() {
            var a = new SweepRun(Map.of("dataset.split.seed", "1", "training.seed", "0"), 0, Standing.OPEN, null);
            var b = new SweepRun(Map.of("dataset.split.seed", "2", "training.seed", "0"), 0, Standing.OPEN, null);
            assertThat(SweepPoints.of(List.of(a, b)).all()).hasSize(2);
        }

        @Test
        void without_swept_settings_there_is_one_point() {
            var run = new SweepRun(Map.of("training.seed", "0"), 0, Standing.OPEN, null);
            var points = SweepPoints.of(List.of(run)).all();
            assertThat(points).extracting(SweepPoint::name).containsExactly("the only point");
            assertThat(points.get(0).epoch()).isEqualTo(-1);
            assertThat(points.get(0).worstRobust().mean()).isNaN();
        }

        @Test
        void a_pruned_seed_does_not_count_beside_a_finished_one() {
            // When
            var point = SweepPoints.of(List.of(
                            finished("none", 0, 0.30, 0.60, 0.90),
                            run("none", 1, Standing.STOPPED, 3, 0.10, 0.20, 0.30)))
                    .all()
                    .get(0);

            // Then
            assertThat(point.worstRobust()).isEqualTo(Interval.of(List.of(0.30)));
            assertThat(point.epoch()).isEqualTo(9);
        }

        @Test
        void a_pruned_point_shows_its_last_epoch_and_is_neither_the_best_nor_on_the_front() {
            // When
            var points = SweepPoints.of(List.of(
                    finished("none", 0, 0.30, 0.60, 0.90),
                    run("frl-reweight", 0, Standing.STOPPED, 3, 0.50, 0.70, 0.95)));

            // Then
            var pruned = points.all().get(1);
            assertThat(pruned.worstRobust().mean()).isEqualTo(0.50);
            assertThat(pruned.epoch()).isEqualTo(3);
            assertThat(pruned.isFinished()).isFalse();
            assertThat(points.best(Constraints.NONE))
                    .get()
                    .extracting(SweepPoint::name)
                    .isEqualTo("none");
            assertThat(points.front()).extracting(SweepPoint::name).containsExactly("none");
        }

        @Test
        void a_failed_run_counts_nowhere() {
            var points = SweepPoints.of(List.of(run("none", 0, Standing.FAILED, 3, 0.50, 0.70, 0.95)));
            assertThat(points.all().get(0).worstRobust().count()).isZero();
            assertThat(points.best(Constraints.NONE)).isEmpty();
            assertThat(points.nearestMiss(Constraints.NONE)).isEmpty();
        }
    }

    @Nested
    class Best_point {
        private final SweepPoints points = SweepPoints.of(List.of(
                finished("a", 0, 0.30, 0.60, 0.90),
                finished("b", 0, 0.45, 0.50, 0.85),
                finished("c", 0, 0.45, 0.52, 0.80),
                finished("d", 0, 0.20, 0.55, 0.95)));

        @Test
        void it_has_the_highest_mean_of_the_worst_class_and_of_equals_the_highest_averages() {
            assertThat(name(Constraints.NONE)).isEqualTo("c");
        }

        @Test
        void it_does_not_depend_on_the_order_of_the_points_where_no_net_knows_the_worst_class() {
            // Given: the controller has the order of the spec, a report that of the names
            var first = finished("none", 0, 0, 0.10, 0.29);
            var second = finished("frl-remargin", 0, 0, 0.10, 0.28);

            // Then
            for (var runs : List.of(List.of(first, second), List.of(second, first))) {
                assertThat(SweepPoints.of(runs).best(Constraints.NONE))
                        .get()
                        .extracting(SweepPoint::name)
                        .isEqualTo("none");
            }
        }

        @Test
        void it_meets_the_constraints() {
            assertThat(name(new Constraints(0.51, null))).isEqualTo("c");
            assertThat(name(new Constraints(null, 0.86))).isEqualTo("a");
            assertThat(name(new Constraints(0.60, 0.90))).isEqualTo("a");
        }

        @Test
        void without_it_the_nearest_miss_lacks_least() {
            // Given: a lacks 0.05 to 0.95 clean; b 0.10, c 0.15; d lacks 0.06 to 0.61 robust, a 0.01
            var constraints = new Constraints(0.61, 0.95);

            // Then
            assertThat(points.best(constraints)).isEmpty();
            assertThat(points.nearestMiss(constraints)).get().satisfies(p -> {
                assertThat(p.name()).isEqualTo("a");
                assertThat(p.shortfall(constraints)).isCloseTo(0.06, within(1e-12));
            });
        }

        @Test
        void a_met_constraint_leaves_no_miss() {
            assertThat(points.nearestMiss(Constraints.NONE)).isEmpty();
        }

        private String name(Constraints constraints) {
            return points.best(constraints).orElseThrow().name();
        }
    }

    @Nested
    class Pareto_front {
        @Test
        void it_goes_from_the_best_worst_class_to_the_best_average() {
            var points = SweepPoints.of(List.of(
                    finished("average", 0, 0.30, 0.60, 0.9),
                    finished("beaten", 0, 0.29, 0.59, 0.9),
                    finished("worst", 0, 0.45, 0.50, 0.9),
                    finished("middle", 0, 0.40, 0.55, 0.9),
                    finished("half-beaten", 0, 0.40, 0.54, 0.9)));
            assertThat(points.front()).extracting(SweepPoint::name).containsExactly("worst", "middle", "average");
        }

        @Test
        void equal_points_are_all_on_it() {
            var points = SweepPoints.of(List.of(finished("a", 0, 0.30, 0.60, 0.9), finished("b", 0, 0.30, 0.60, 0.9)));
            assertThat(points.front()).hasSize(2);
        }

        /** Compared with its definition by sorting: from the best worst class on, each point raises the best average so far. */
        @ParameterizedTest
        @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
        void it_equals_a_sweep_line_over_random_points(long seed) {
            // Given
            var random = new SplittableRandom(seed);
            var runs = new ArrayList<SweepRun>();
            for (int i = 0; i < 60; i++) {
                runs.add(finished("p" + i, 0, random.nextDouble(), random.nextDouble(), 0.9));
            }

            // When
            var front = SweepPoints.of(runs).front();

            // Then
            runs.sort((a, b) -> Double.compare(score(b).worstRobust(), score(a).worstRobust()));
            var expected = new ArrayList<String>();
            double best = -1;
            for (SweepRun run : runs) {
                if (score(run).robust() > best) {
                    best = score(run).robust();
                    expected.add(run.variant().get("fairness.policy"));
                }
            }
            assertThat(front).extracting(SweepPoint::name).containsExactlyElementsOf(expected);
        }

        private static Score score(SweepRun run) {
            var score = run.score();
            if (score == null) {
                throw new AssertionError("no score: " + run);
            }
            return score;
        }
    }

    private static SweepRun finished(String policy, long seed, double worst, double robust, double clean) {
        return run(policy, seed, Standing.FINISHED, 9, worst, robust, clean);
    }

    private static SweepRun run(
            String policy, long seed, Standing state, int epoch, double worst, double robust, double clean) {
        var variant = new LinkedHashMap<String, String>();
        variant.put("fairness.policy", policy);
        variant.put("training.seed", String.valueOf(seed));
        return new SweepRun(variant, seed, state, new Score(epoch, clean, robust, worst, worst, "Shirt", 1000, false));
    }
}
