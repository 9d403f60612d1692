package dev.frl.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class WatchedOutputTest {
    @Test
    void a_full_disk_is_told_though_the_writer_hides_it() {
        // Given
        var output = new WatchedOutput(refusing("No space left on device"));

        // When
        new PrintWriter(output, true, StandardCharsets.UTF_8).println("kind: Job");

        // Then
        assertThat(output.failure()).contains("No space left on device");
    }

    @Test
    void a_reader_that_has_read_enough_is_no_failure() {
        // Given
        var output = new WatchedOutput(refusing("Broken pipe"));

        // When
        new PrintWriter(output, true, StandardCharsets.UTF_8).println("kind: Job");

        // Then
        assertThat(output.failure()).isEmpty();
    }

    @Test
    void what_can_be_written_is_written_as_it_is() throws IOException {
        // Given
        var written = new ByteArrayOutputStream();
        var output = new WatchedOutput(written);

        // When
        output.write('a');
        output.write("bc".getBytes(StandardCharsets.UTF_8));

        // Then
        assertThat(written).hasToString("abc");
        assertThat(output.failure()).isEmpty();
    }

    private static OutputStream refusing(String reason) {
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException(reason);
            }
        };
    }
}
