package dev.frl.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class WorkersTest {
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

    @Test
    void every_thread_that_worked_is_prepared_and_left() throws InterruptedException {
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
