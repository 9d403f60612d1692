package dev.frl.layers;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the user reads when the heap of a service is full. */
class FullHeapTest {
    @Test
    void a_full_heap_ends_the_process_and_says_its_limit_and_the_setting() throws Exception {
        // Given
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var options = "@" + Checkout.root().resolve("scripts/lib/services.jvm");
        var builder = new ProcessBuilder(
                java, options, "-Xmx40m", "-cp", System.getProperty("java.class.path"), Greedy.class.getName());
        builder.environment().put("FRL_HEAP", "40m");

        // When
        var process = builder.redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        var said = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);

        // Then
        assertThat(process.waitFor()).isEqualTo(3);
        assertThat(said.lines())
                .contains("frl: the Java heap of 40m is full, so this process ends: raise FRL_HEAP, or lower"
                        + " training.batchSize. Then start it again");
    }

    /** Catches what it misses, as many libraries do. */
    static final class Greedy {
        private Greedy() {}

        public static void main(String[] args) {
            List<byte[]> all = new ArrayList<>();
            while (true) {
                try {
                    all.add(new byte[1 << 20]);
                } catch (OutOfMemoryError e) {
                    all.add(new byte[0]);
                }
            }
        }
    }
}
