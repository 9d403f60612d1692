package dev.frl.cli.context;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestNamesTest {
    private static final List<String> RUNS = List.of(
            "quickstart-none-6f43e137",
            "quickstart-frl-reweight-8e51d8dc",
            "warm-fashion-mnist-cnn-small-e6aacb9a",
            "quickstart");

    @Test
    void a_typing_error_finds_the_name_or_the_prefix() {
        assertThat(NearestNames.to("quickstrat", RUNS)).first().isEqualTo("quickstart");
        assertThat(NearestNames.to("quickstart-non", RUNS)).first().isEqualTo("quickstart-none-6f43e137");
        assertThat(NearestNames.to("fashion", RUNS)).containsExactly("warm-fashion-mnist-cnn-small-e6aacb9a");
    }

    @Test
    void a_name_that_is_far_from_all_finds_none() {
        assertThat(NearestNames.to("cifar", RUNS)).isEmpty();
        assertThat(NearestNames.to("x", List.of())).isEmpty();
    }
}
