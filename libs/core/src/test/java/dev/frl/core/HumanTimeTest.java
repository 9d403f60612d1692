package dev.frl.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HumanTimeTest {
    @ParameterizedTest
    @CsvSource({
        "-1, 0 s",
        "59.4, 59 s",
        "60, 1 min",
        "200, 3 min 20 s",
        "600, 10 min",
        "1499, 25 min",
        "3600, 1 h",
        "7500, 2 h 5 min",
        "604800, 7 days"
    })
    void a_duration_has_two_units_at_most(double seconds, String shown) {
        assertThat(HumanTime.of(Duration.ofMillis(Math.round(seconds * 1000)))).isEqualTo(shown);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            no answer within PT5S               | no answer within 5 s
            PT1H30M, then PT2M5S                | 1 h 30 min, then 2 min 5 s
            PTA, XPT5S, PT, PT5 and PT0.5S stay | PTA, XPT5S, PT, PT5 and PT0.5S stay
            """)
    void iso_durations_in_messages_are_written_for_people(String text, String shown) {
        assertThat(HumanTime.in(text)).isEqualTo(shown);
    }
}
