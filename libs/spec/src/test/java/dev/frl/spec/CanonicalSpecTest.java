package dev.frl.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.Attacks;
import dev.frl.core.settings.AugmentationSettings;
import dev.frl.core.settings.AveragingSettings;
import dev.frl.core.settings.DatasetSettings;
import dev.frl.core.settings.Deadlines;
import dev.frl.core.settings.FairnessSettings;
import dev.frl.core.settings.FrlSettings;
import dev.frl.core.settings.LearningRateSchedule;
import dev.frl.core.settings.MixtureSettings;
import dev.frl.core.settings.OptimizerSettings;
import dev.frl.core.settings.RunSettings;
import dev.frl.core.settings.TrainingMethod;
import dev.frl.core.settings.TrainingSettings;
import dev.frl.core.settings.WarmStart;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CanonicalSpecTest {
    static LongStream seeds() {
        return LongStream.range(0, 500);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void settings_are_read_back_exactly(long seed) {
        // Given
        RunSettings settings = any(new SplittableRandom(seed));

        // When
        RunSettings back = CanonicalSpec.read(CanonicalSpec.write(settings));

        // Then
        assertThat(back).as("seed %d", seed).isEqualTo(settings);
    }

    @Test
    void a_text_that_is_no_canonical_spec_is_refused_with_all_problems() {
        // Given
        String json = Specs.onlyRun(Specs.MINIMAL)
                .canonicalSpec()
                .replace("\"train\":58000,", "")
                .replace("\"beta\":6", "\"beta\":-6")
                .replace("\"arch\"", "\"arhc\"");

        // When
        // Then
        assertThatThrownBy(() -> CanonicalSpec.read(json))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("spec.dataset.split.train is missing: in images")
                .hasMessageContaining("spec.training.beta is -6; it must be from 0 to 1000")
                .hasMessageContaining("spec.model.arhc is not a setting. Did you mean spec.model.arch?");
        assertThatThrownBy(() -> CanonicalSpec.read("")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> CanonicalSpec.read("[]")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void the_hash_is_sha_256_of_utf_8() {
        // When
        String hash = CanonicalSpec.sha256("abc");

        // Then
        assertThat(hash).isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    private static RunSettings any(SplittableRandom r) {
        var attack = anyAttack(r);
        int epochs = 1 + r.nextInt(1000);
        var training = new TrainingSettings(
                pick(r, TrainingMethod.values()),
                r.nextDouble() * 1000,
                epochs,
                1 + r.nextInt(65_536),
                r.nextLong(),
                new OptimizerSettings(
                        positive(r) * 10, r.nextDouble(), r.nextInt(3) == 0 ? -0.0 : r.nextDouble() * 1e-9),
                anySchedule(r),
                r.nextBoolean()
                        ? null
                        : new AveragingSettings(
                                r.nextDouble(),
                                pick(r, AveragingSettings.Every.values()),
                                pick(r, AveragingSettings.Evaluated.values())),
                r.nextBoolean()
                        ? AugmentationSettings.NONE
                        : new AugmentationSettings(r.nextInt(257), r.nextBoolean()));
        WarmStart warm =
                new WarmStart.Pretrained(pick(r, TrainingMethod.values()), epochs, positive(r), anySchedule(r));
        WarmStart file = new WarmStart.FromCheckpoint("file:/a%20%22b%22\u00e9\ud83d\ude00" + r.nextInt());
        return new RunSettings(
                anyDataset(r),
                "12",
                training,
                r.nextInt(3) == 0 ? null : r.nextBoolean() ? warm : file,
                new Attacks(
                        attack,
                        new Attacks.EvaluationAttack(anyAttack(r), anyRestarts(r), 1 + r.nextInt(10_000), false),
                        new Attacks.EvaluationAttack(
                                anyAttack(r), anyRestarts(r), 1 + r.nextInt(10_000), r.nextBoolean())),
                new FrlSettings(
                        pick(r, FairnessSettings.Policy.values()),
                        positive(r),
                        positive(r),
                        new FrlSettings.Rates(
                                r.nextDouble() * 100, r.nextDouble(), Double.MIN_VALUE, 1 + r.nextInt(100)),
                        positive(r),
                        positive(r),
                        1 + r.nextDouble() * 99),
                new Deadlines(anyDuration(r), anyDuration(r), 1 + r.nextInt(100), 1 - r.nextDouble()));
    }

    private static DatasetSettings anyDataset(SplittableRandom r) {
        var split = new DatasetSettings.SplitSettings(
                Integer.MAX_VALUE - r.nextInt(5),
                1 + r.nextInt(9),
                1 + r.nextInt(9),
                r.nextLong(),
                pick(r, DatasetSettings.SplitSettings.SplitMethod.values()));
        return r.nextInt(3) > 0
                ? new DatasetSettings("null \"" + r.nextInt(), split)
                : new DatasetSettings(
                        DatasetSettings.GAUSSIAN_MIXTURE,
                        split,
                        new MixtureSettings(
                                1 + r.nextInt(100_000), positive(r) * 0.2, positive(r) * 0.02, 1.1 + r.nextDouble()));
    }

    private static Duration anyDuration(SplittableRandom r) {
        return switch (r.nextInt(4)) {
            case 0 -> Duration.ofSeconds(1 + r.nextInt(2_000_000));
            case 1 -> Duration.ofMinutes(1 + r.nextInt(20_000));
            case 2 -> Duration.ofSeconds(1, r.nextInt(1_000_000_000));
            default -> Duration.ofHours(1 + r.nextInt(700)).plusNanos(1);
        };
    }

    private static int anyRestarts(SplittableRandom r) {
        return r.nextBoolean() ? 1 : 1 + r.nextInt(10_000);
    }

    private static AttackSettings anyAttack(SplittableRandom r) {
        var norm = pick(r, AttackSettings.Norm.values());
        return new AttackSettings(
                pick(r, AttackSettings.Method.values()),
                norm,
                pick(r, AttackSettings.Loss.values()),
                r.nextInt(256) / 255.0 * norm.largest(),
                r.nextDouble() * norm.largest(),
                1 + r.nextInt(10_000),
                pick(r, AttackSettings.Start.values()));
    }

    private static LearningRateSchedule anySchedule(SplittableRandom r) {
        List<Double> milestones = DoubleStream.generate(r::nextDouble)
                .limit(r.nextInt(4))
                .sorted()
                .distinct()
                .boxed()
                .toList();
        return switch (pick(r, LearningRateSchedule.Curve.values())) {
            case CONSTANT -> LearningRateSchedule.CONSTANT;
            case COSINE -> LearningRateSchedule.COSINE;
            case CYCLIC -> LearningRateSchedule.CYCLIC;
            case MULTI_STEP -> LearningRateSchedule.multiStep(milestones, positive(r));
        };
    }

    /** In (0, 1), of any size. */
    private static double positive(SplittableRandom r) {
        return Math.max(Double.MIN_VALUE, r.nextDouble() * Math.pow(10, -r.nextInt(12)));
    }

    private static <T> T pick(SplittableRandom r, T[] of) {
        return of[r.nextInt(of.length)];
    }
}
