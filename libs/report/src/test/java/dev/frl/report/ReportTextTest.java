package dev.frl.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.AttackSettings.Loss;
import dev.frl.core.settings.AttackSettings.Method;
import dev.frl.core.settings.AttackSettings.Start;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReportTextTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "FGSM|CROSS_ENTROPY|FGSM, radius 8/255",
                "BIM|CROSS_ENTROPY|BIM-7, radius 8/255",
                "PGD|CROSS_ENTROPY|PGD-7, radius 8/255",
                "PGD|CW|PGD-7 on CW, radius 8/255"
            })
    void an_attack_has_its_name_its_steps_its_loss_and_its_radius(Method method, Loss loss, String expected) {
        // Given
        var attack = new AttackSettings(method, loss, 8 / 255.0, 0.01, 7, Start.UNIFORM);

        // When
        String text = ReportText.attack(attack);

        // Then
        assertThat(text).isEqualTo(expected);
    }
}
