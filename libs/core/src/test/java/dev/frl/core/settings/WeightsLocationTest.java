package dev.frl.core.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.core.settings.Problems.InvalidSettings;
import dev.frl.core.settings.WarmStart.FromCheckpoint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WeightsLocationTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "file:/data/robust.safetensors",
                "file:///data/robust.safetensors",
                "file:/data/a%20b/ä…😀.safetensors",
                "s3://bucket/prefix/robust.safetensors",
                "s3://bucket/a..b/.hidden"
            })
    void a_file_and_an_object_are_locations(String text) {
        assertThat(WeightsLocation.problem(text)).isEmpty();
        assertThat(new FromCheckpoint(text).location()).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/data/robust.safetensors|expected file:/",
                "file:robust.safetensors|absolute path",
                "file://host/robust.safetensors|without host",
                "file:/data/x?y=1|without host, query and fragment",
                "file:/data/x#y|without host, query and fragment",
                "s3://user:password@bucket/x|without user, query and fragment",
                "s3:/bucket/x|the name of a store",
                "file:/data/../secret|must not contain . or ..",
                "file:/data/%2e%2e/secret|must not contain . or ..",
                "file:/data/%2E./secret|must not contain . or ..",
                "s3://bucket/./x|must not contain . or ..",
                "file:/data/a%00b|control characters",
                "file:/data/a%0ab|control characters",
                "file:/data/a b|it is no URI",
                "file:/data\\x|it is no URI",
                "'file:/data/\0'|it is no URI",
                "''|expected file:/",
            })
    void what_leads_elsewhere_or_is_read_in_several_ways_is_none(String text, String why) {
        // When
        var problem = WeightsLocation.problem(text);

        // Then
        assertThat(problem).hasValueSatisfying(told -> assertThat(told).contains(why));
        assertThatThrownBy(() -> new FromCheckpoint(text)).isInstanceOf(InvalidSettings.class);
    }

    @Test
    void a_location_is_no_longer_than_a_path_or_a_key_and_is_not_repeated_in_full() {
        // Given
        var text = "file:/" + "x".repeat(5000);

        // Then
        assertThat(WeightsLocation.problem(text)).contains("it has 5006 characters; at most 4096 are read");
        assertThatThrownBy(() -> new FromCheckpoint(text))
                .isInstanceOf(InvalidSettings.class)
                .message()
                .hasSizeLessThan(600);
    }
}
