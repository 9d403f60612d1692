package dev.frl.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointNamesTest {
    @ParameterizedTest
    @ValueSource(strings = {"fa-IR-u-nu-arabext", "ar-EG-u-nu-arab", "de-DE"})
    void the_name_of_an_epoch_is_the_same_in_every_language(String language) {
        // Given
        var before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.forLanguageTag(language));

            // When
            var name = CheckpointNames.epoch(7);

            // Then
            assertThat(name).isEqualTo("epoch-0007");
            assertThat(CheckpointNames.epochOf(name)).hasValue(7);
        } finally {
            Locale.setDefault(before);
        }
    }
}
