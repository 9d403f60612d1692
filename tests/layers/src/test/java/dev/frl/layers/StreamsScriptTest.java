package dev.frl.layers;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What scripts do about standard streams that the caller closed, as some supervisors and {@code <&-} do. */
class StreamsScriptTest {
    /** Descriptor 3 is the standard output of this test. */
    private static final String ALL_CLOSED = """
            exec 3>&1
            (
                . scripts/lib/common.sh
                frl_streams
                [[ -e /dev/fd/0 && -e /dev/fd/1 && -e /dev/fd/2 ]] && echo "open" >&3
                cat && echo "read" >&3
                echo "lost" || echo "not written" >&3
            ) <&- >&- 2>&-
            """;

    @Test
    void closed_streams_are_opened_so_that_no_file_takes_their_place_and_fail() throws Exception {
        // When
        var process = new ProcessBuilder("bash", "-c", ALL_CLOSED)
                .directory(Checkout.root().toFile())
                .redirectErrorStream(true)
                .start();
        var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        // Then
        assertThat(said).isEqualTo("open\nnot written\n");
    }
}
