package dev.frl.engine.kit.threads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.engine.NotFiniteException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkersTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void each_task_has_its_own_thread_and_results_come_in_order(int parallel) {
        // Given
        try (var workers = new Workers("test", parallel, () -> {}, () -> {})) {
            var tasks = IntStream.range(0, 2)
                    .mapToObj(i ->
                            (Callable<String>) () -> i + Thread.currentThread().getName())
                    .toList();

            // When
            var results = workers.all(tasks);

            // Then
            assertThat(results).containsExactly("0test-0", "1test-1").isEqualTo(workers.all(tasks));
        }
    }

    @Test
    void the_first_failure_is_thrown_when_all_have_ended() {
        // Given
        var ended = new AtomicInteger();
        Callable<Integer> fails = () -> {
            throw new NotFiniteException("loss");
        };
        try (var workers = new Workers("test", 2, () -> {}, () -> {})) {

            // Then
            assertThatThrownBy(() -> workers.all(List.of(fails, ended::incrementAndGet)))
                    .isInstanceOf(NotFiniteException.class);
            assertThat(ended).hasValue(1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void at_most_the_given_number_of_tasks_run_at_the_same_time(int parallel) {
        // Given
        var working = new AtomicInteger();
        var most = new AtomicInteger();
        Callable<Integer> works = () -> {
            most.accumulateAndGet(working.incrementAndGet(), Math::max);
            Thread.sleep(20);
            return working.decrementAndGet();
        };
        try (var workers = new Workers("test", parallel, () -> {}, () -> {})) {

            // When
            workers.all(List.of(works, works, works, works));
        }

        // Then
        assertThat(most.get()).isBetween(1, parallel);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void every_all_reduce_gives_each_part_the_sum_of_its_own_group(int parallel) {
        // Given
        int times = 500;
        try (var workers = new Workers("test", parallel, () -> {}, () -> {})) {
            var one = workers.allReduce(2);
            var other = workers.allReduce(2);
            var tasks = IntStream.range(0, 4)
                    .mapToObj(i -> (i < 2 ? one : other)
                            .task(
                                    i % 2,
                                    rank -> IntStream.range(0, times)
                                            .mapToObj(k -> rank.sum(new double[] {i, k}))
                                            .toList()))
                    .toList();

            // When
            var sums = workers.all(tasks);

            // Then
            for (int i = 0; i < 4; i++) {
                for (int k = 0; k < times; k++) {
                    assertThat(sums.get(i).get(k)).containsExactly(i < 2 ? 1 : 5, 2 * k);
                }
            }
        }
    }

    @Test
    void summands_are_added_in_the_order_of_the_parts() {
        // Given: numbers whose sum depends on the order
        double[] numbers = {1e16, 1, -1e16, 1};
        try (var workers = new Workers("test", 4, () -> {}, () -> {})) {
            for (int late = 0; late < numbers.length; late++) {
                int last = late;
                var allReduce = workers.allReduce(numbers.length);
                var tasks = IntStream.range(0, numbers.length)
                        .mapToObj(i -> allReduce.task(i, rank -> {
                            sleep(i == last ? 20 : 0);
                            return rank.sum(new double[] {numbers[i]})[0];
                        }))
                        .toList();

                // Then
                assertThat(workers.all(tasks)).containsOnly(((numbers[0] + numbers[1]) + numbers[2]) + numbers[3]);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    @Timeout(20)
    void a_part_that_waits_for_a_failed_part_is_released_and_the_failure_is_thrown(int parallel) {
        // Given
        try (var workers = new Workers("test", parallel, () -> {}, () -> {})) {
            var allReduce = workers.allReduce(2);
            Callable<double[]> waits = allReduce.task(0, rank -> rank.sum(new double[1]));
            Callable<double[]> fails = allReduce.task(1, rank -> {
                sleep(20);
                throw new NotFiniteException("loss");
            });

            // Then
            assertThatThrownBy(() -> workers.all(List.of(waits, fails))).isInstanceOf(NotFiniteException.class);
            assertThat(workers.all(List.of(() -> 1, () -> 2))).containsExactly(1, 2);
        }
    }

    @Test
    @Timeout(20)
    void a_part_that_waits_for_a_part_that_ended_is_released() {
        // Given
        try (var workers = new Workers("test", 2, () -> {}, () -> {})) {
            var allReduce = workers.allReduce(2);
            Callable<double[]> waits = allReduce.task(0, rank -> rank.sum(new double[1]));
            Callable<double[]> ends = allReduce.task(1, rank -> new double[1]);

            // Then
            assertThatThrownBy(() -> workers.all(List.of(waits, ends))).hasMessageContaining("has ended");
        }
    }

    private static void sleep(int milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void every_thread_that_worked_runs_its_first_and_its_last_action() throws InterruptedException {
        // Given
        var prepared = new AtomicInteger();
        var left = new CountDownLatch(2);
        try (var workers = new Workers("test", 2, prepared::incrementAndGet, left::countDown)) {

            // When
            workers.all(List.of(() -> 1, () -> 2));
        }

        // Then
        assertThat(left.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(prepared).hasValue(2);
    }
}
