package dev.frl.report.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.AttackSettings.Loss;
import dev.frl.core.settings.AttackSettings.Method;
import dev.frl.core.settings.AttackSettings.Norm;
import dev.frl.core.settings.AttackSettings.Start;
import dev.frl.core.settings.Attacks;
import dev.frl.core.settings.TrainingMethod;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReportTextTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "FGSM|LINF|CROSS_ENTROPY|8/255|5|FGSM, radius 8/255",
                "BIM|LINF|CROSS_ENTROPY|8/255|5|BIM-7, radius 8/255",
                "PGD|LINF|CROSS_ENTROPY|8/255|1|PGD-7, radius 8/255",
                "PGD|LINF|CW|8/255|5|PGD-7 on CW, 5 restarts, radius 8/255",
                "APGD|LINF|DLR|8/255|1|APGD-7 on DLR, radius 8/255",
                "PGD|L2|CROSS_ENTROPY|128/255|1|PGD-7, L2 radius 128/255",
                "PGD|L2|CROSS_ENTROPY|510/255|1|PGD-7, L2 radius 2"
            })
    void an_attack_has_its_name_its_steps_its_loss_its_restarts_its_norm_and_its_radius(
            Method method, Norm norm, Loss loss, String radius, int restarts, String expected) {
        // Given
        double epsilon = Integer.parseInt(radius.split("/", 2)[0]) / 255.0;
        var attack = new AttackSettings(method, norm, loss, epsilon, 0.01, 7, Start.UNIFORM);

        // When
        String text = ReportText.attack(new Attacks.EvaluationAttack(attack, restarts, 4, false));

        // Then
        assertThat(text).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "NATURAL|PGD|natural",
                "PGD_AT|FGSM|pgd-at with FGSM, radius 8/255",
                "PGD_AT|BIM|pgd-at with BIM-7, radius 8/255",
                "TRADES|PGD|trades with PGD-7, radius 8/255"
            })
    void a_method_of_training_has_its_inner_attack(TrainingMethod training, Method method, String expected) {
        // Given
        var inner = new AttackSettings(method, Norm.LINF, Loss.CROSS_ENTROPY, 8 / 255.0, 0.01, 7, Start.UNIFORM);

        // When
        String text = ReportText.method(training, inner);

        // Then
        assertThat(text).isEqualTo(expected);
    }
}
