package dev.frl.layers;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Limits of a process under which Java would fail with other words, or hang: scripts say them in one line. */
class LimitsScriptTest {
    @ParameterizedTest
    @CsvSource({
        "ulimit -n 64, frl_files, ulimit -n 4096",
        "ulimit -f 100000, frl_file_size, ulimit -f unlimited",
        "ulimit -v 3000000, frl_addresses 512m, ulimit -v unlimited",
        "ulimit -v 4000000, frl_addresses 1g, ulimit -v unlimited",
        "ulimit -v 4000000, frl_addresses 524288k, ulimit -v unlimited"
    })
    void a_limit_that_is_too_low_is_told_with_what_to_do(String limit, String check, String advice) throws Exception {
        var process = bash(limit + " && " + check);
        var said = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).as(said).isEqualTo(2);
        assertThat(said.lines()).singleElement().asString().startsWith("frl: ").contains(advice);
    }

    @ParameterizedTest
    @CsvSource({"frl_files", "frl_file_size", "frl_addresses 2g", "frl_threads 1"})
    void nothing_is_said_without_limits_or_with_sufficient_ones(String check) throws Exception {
        var process = bash("ulimit -v 9000000 && ulimit -f 600000 && " + check);
        var said = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).as(said).isZero();
        assertThat(said).isEmpty();
    }

    private static Process bash(String script) throws Exception {
        return new ProcessBuilder("bash", "-c", ". scripts/lib/common.sh && " + script)
                .directory(Checkout.root().toFile())
                .start();
    }
}
