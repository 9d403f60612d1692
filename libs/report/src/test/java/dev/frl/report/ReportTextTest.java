package dev.frl.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.AttackSettings.Loss;
import dev.frl.core.settings.AttackSettings.Method;
import dev.frl.core.settings.AttackSettings.Start;
import dev.frl.core.settings.Attacks;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReportTextTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "FGSM|CROSS_ENTROPY|5|FGSM, radius 8/255",
                "BIM|CROSS_ENTROPY|5|BIM-7, radius 8/255",
                "PGD|CROSS_ENTROPY|1|PGD-7, radius 8/255",
                "PGD|CW|5|PGD-7 on CW, 5 restarts, radius 8/255"
            })
    void an_attack_has_its_name_its_steps_its_loss_its_restarts_and_its_radius(
            Method method, Loss loss, int restarts, String expected) {
        // Given
        var attack = new AttackSettings(method, loss, 8 / 255.0, 0.01, 7, Start.UNIFORM);

        // When
        String text = ReportText.attack(new Attacks.Judging(attack, restarts, 4, false));

        // Then
        assertThat(text).isEqualTo(expected);
    }
}
