package dev.frl.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class BatchRowsTest {
    @Test
    void on_a_gpu_all_batches_have_the_same_number_of_rows() {
        var rows = BatchRows.on(true);

        for (int threads = 1; threads <= 4; threads++) {
            for (int count = 1; count <= 1_000; count++) {
                int samples = rows.samples(count, threads);
                int last = (count - 1) % samples + 1;
                assertThat(rows.padded(Math.min(count, samples))).isEqualTo(128);
                assertThat(rows.padded(last)).isEqualTo(128);
            }
        }
    }

    @Test
    void on_a_processor_they_are_multiples_of_16_up_to_64() {
        var rows = BatchRows.on(false);

        assertThat(IntStream.of(1, 16, 17, 64).map(rows::padded)).containsExactly(16, 16, 32, 64);
        assertThat(rows.samples(100, 2)).isEqualTo(64);
        assertThat(rows.samples(20, 2)).isEqualTo(16);
        assertThat(rows.samples(90, 2)).isEqualTo(48);
    }
}
