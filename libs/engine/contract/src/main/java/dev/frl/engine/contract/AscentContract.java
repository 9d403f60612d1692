package dev.frl.engine.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.AttackSettings.Loss;
import dev.frl.core.settings.AttackSettings.Method;
import dev.frl.core.settings.AttackSettings.Norm;
import dev.frl.core.settings.AttackSettings.Start;
import dev.frl.engine.Samples;
import dev.frl.engine.net.Architecture;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Attacks with more than signed steps: those in L2, and APGD. */
interface AscentContract extends EngineUnderTest {
    /**
     * The gradient with respect to the two pixels points along (3, 4), so a step of length 5 s adds (3 s, 4 s). From (0.5, 0.95)
     * it leaves [0, 1] at the second pixel.
     */
    @ParameterizedTest
    @CsvSource({
        "FGSM, 0.1,   0.01, 9, 0.5, 0.5,  0.56, 0.58",
        "BIM,  1,     0.05, 3, 0.5, 0.5,  0.59, 0.62",
        "BIM,  0.1,   0.05, 3, 0.5, 0.5,  0.56, 0.58",
        "PGD,  0.125, 0.25, 1, 0.5, 0.95, 0.575, 1"
    })
    default void a_step_in_l2_has_its_length_along_the_gradient_and_ends_in_the_ball(
            Method method, double radius, double step, int steps, float a, float b, float movedA, float movedB) {
        // Given
        var sample = new Samples(new float[] {a, b}, new int[1], new float[] {(float) radius}, new long[1]);
        var attack = new AttackSettings(method, Norm.L2, Loss.CW, radius, step, steps, Start.CLEAN);

        // When
        try (var net = Fixtures.twoPixels(this)) {
            var moved = net.attack(sample, attack);

            // Then
            assertThat(moved).containsExactly(new float[] {movedA, movedB}, within(1e-6f));
        }
    }

    /** The length of the noise on 64 pixels is about 0.008. */
    @Test
    default void a_normal_start_in_l2_is_projected_to_the_ball() {
        // Given
        var architecture = Fixtures.plain();
        var samples = Fixtures.samples(architecture, 20, 0.004, 1);
        Arrays.fill(samples.images(), 0.5f);
        var start = new AttackSettings(Method.PGD, Norm.L2, Loss.KL, 0.004, 0, 1, Start.NORMAL);

        // When
        try (var net = open(architecture, 2)) {
            var started = net.attack(samples, start);

            // Then
            for (int i = 0; i < 20; i++) {
                double squares = 0;
                for (int p = i * 64; p < (i + 1) * 64; p++) {
                    squares += Math.pow(started[p] - 0.5, 2);
                }
                assertThat(Math.sqrt(squares)).isCloseTo(0.004, within(1e-6));
            }
        }
    }

    /**
     * Ten steps within 0.2 of 0.41. The step size is 0.4 at first, with checkpoints after steps 3, 5, 6, 7, 8, 9 and 10. The loss
     * is the logit of class 1.
     *
     * <pre>
     *   k     0     1     2      3             4       5       6         7         8       9         10
     *   x    .41   .61   .36    .2975         .5725   .463125 .5459375  .538125   .481875 .5428125  .519375
     *   f   -.4   -.6   -.5    -.5           -.225    .13125  .040625   .11875    .31875  .071875   .30625
     *                          1 rise of 3:           2 of 2  0 of 1:   1 of 1    1 of 1  0 of 1:
     *                          .2 from .41                    .1 from x_5                 .05 from x_8
     * </pre>
     */
    @ParameterizedTest
    @EnumSource
    default void apgd_halves_its_step_where_the_loss_does_not_grow_and_ends_at_its_best_point(Norm norm) {
        // Given: one pixel, so both norms are the same
        var sample = new Samples(new float[] {0.41f}, new int[1], new float[] {0.2f}, new long[1]);
        var attack = new AttackSettings(Method.APGD, norm, Loss.CW, 0.2, 0, 10, Start.CLEAN);

        // When
        try (var net = Fixtures.hat(this)) {
            var moved = net.attack(sample, attack);

            // Then
            assertThat(moved).containsExactly(new float[] {0.481875f}, within(1e-5f));
        }
    }

    @ParameterizedTest
    @MethodSource("dev.frl.engine.contract.Fixtures#tiny")
    default void apgd_never_ends_below_its_start(Architecture architecture) {
        // Given
        var samples = Fixtures.samples(architecture, 100, Fixtures.APGD_L2_CW, 1);
        var attack = new AttackSettings(Method.APGD, Norm.L2, Loss.CW, 0.8, 0, 12, Start.CLEAN);
        var steps = new AttackSettings(Method.PGD, Norm.L2, Loss.CW, 0.8, 0.05, 12, Start.CLEAN);

        // When
        try (var net = open(architecture, 2)) {
            var clean = net.logits(samples.images(), 100);
            var attacked = net.logits(net.attack(samples, attack), 100);
            var stepped = net.logits(net.attack(samples, steps), 100);

            // Then: where small steps raise the loss, APGD raises it too; a tiny net is flat around many images
            int grown = 0;
            int grownByStep = 0;
            for (int i = 0; i < 100; i++) {
                double before = margin(clean, i, samples.labels()[i]);
                double after = margin(attacked, i, samples.labels()[i]);
                assertThat(after).as("sample %d", i).isGreaterThanOrEqualTo(before - 1e-5);
                grown += after > before ? 1 : 0;
                grownByStep += margin(stepped, i, samples.labels()[i]) > before ? 1 : 0;
            }
            assertThat(grown).isGreaterThan(10).isGreaterThanOrEqualTo(grownByStep * 9 / 10);
        }
    }

    private static double margin(float[] logits, int i, int label) {
        var row = Arrays.copyOfRange(logits, i * 4, (i + 1) * 4);
        float own = row[label];
        row[label] = Float.NEGATIVE_INFINITY;
        Arrays.sort(row);
        return (double) row[3] - own;
    }

    @Test
    default void fgsm_and_apgd_ignore_the_step_size() {
        // Given
        var architecture = Fixtures.plain();
        var samples = Fixtures.samples(architecture, 9, Fixtures.FGSM_L2, 1);

        // When
        try (var net = open(architecture, 2)) {
            for (var method : new Method[] {Method.FGSM, Method.APGD}) {
                var small = new AttackSettings(method, Norm.L2, Loss.CW, 0.8, 0, 12, Start.UNIFORM);
                var large = new AttackSettings(method, Norm.L2, Loss.CW, 0.8, 9, 12, Start.UNIFORM);

                // Then
                assertThat(net.attack(samples, small)).isEqualTo(net.attack(samples, large));
            }
        }
    }
}
