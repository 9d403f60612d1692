package dev.frl.spec.tree;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SuggestionsTest {
    private static final List<String> RUNS = List.of(
            "quickstart-none-6f43e137",
            "quickstart-frl-reweight-8e51d8dc",
            "warm-fashion-mnist-cnn-small-e6aacb9a",
            "quickstart");

    @Test
    void a_typing_error_finds_the_name_or_the_prefix() {
        assertThat(Suggestions.nearest("quickstrat", RUNS)).first().isEqualTo("quickstart");
        assertThat(Suggestions.nearest("quickstart-non", RUNS)).first().isEqualTo("quickstart-none-6f43e137");
        assertThat(Suggestions.nearest("fashion", RUNS)).containsExactly("warm-fashion-mnist-cnn-small-e6aacb9a");
    }

    @Test
    void a_name_that_is_far_from_all_finds_none() {
        assertThat(Suggestions.nearest("cifar", RUNS)).isEmpty();
        assertThat(Suggestions.nearest("x", List.of())).isEmpty();
    }
}
