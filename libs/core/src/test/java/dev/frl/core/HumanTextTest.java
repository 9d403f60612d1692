package dev.frl.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HumanTextTest {
    @Test
    void a_short_text_stays() {
        assertThat(HumanText.cut("as it is", 80)).isEqualTo("as it is");
    }

    @Test
    void a_long_text_is_cut_between_words_and_says_how_much_is_missing() {
        // Given
        String text = "one two three four ".repeat(20).strip();

        // When
        String cut = HumanText.cut(text, 100);

        // Then
        assertThat(cut)
                .isEqualTo("one two three four one two three four one two three four one … (" + (text.length() - 60)
                        + " more characters)");
        assertThat(cut.length()).isLessThanOrEqualTo(100);
    }

    @Test
    void a_text_without_spaces_is_cut_too_and_never_within_a_character() {
        assertThat(HumanText.cut("x" + "😀".repeat(200), 100))
                .matches("x(😀)+ … \\([0-9]+ more characters\\)")
                .hasSizeLessThanOrEqualTo(100);
    }
}
