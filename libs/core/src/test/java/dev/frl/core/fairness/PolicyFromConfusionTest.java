package dev.frl.core.fairness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.frl.core.errors.PerClass;
import dev.frl.core.errors.Tally;
import org.junit.jupiter.api.Test;

/** A policy that the platform does not have: it reads the confusion matrix, has a state of its own, and sets margins alone. */
class PolicyFromConfusionTest {
    private record Settings(double keep) {}

    /** How often each class was taken for each other class under attack, as a running mean of shares. */
    private record Confused(PerClass shares) implements PolicyState {}

    /** Moves margin from the class that a sample is taken for to the class that it belongs to. */
    private record Transfer(Settings settings) implements FairnessPolicy {
        @Override
        public Confused initial(int classes) {
            return new Confused(PerClass.all(classes * classes, 0));
        }

        @Override
        public FairnessUpdate next(PolicyState before, EpochEvaluation evaluation, int epoch) {
            int classes = evaluation.classes();
            var old = before.as(Confused.class).shares();
            old.requireSameClassesAs(initial(classes).shares());
            var tally = evaluation.tally();
            var shares = PerClass.generate(
                    classes * classes,
                    i -> settings.keep * old.get(i)
                            + (1 - settings.keep) * tally.attacked(i / classes, i % classes) / tally.seen(i / classes));
            var margins = PerClass.generate(classes, i -> {
                double margin = 1;
                for (int j = 0; j < classes; j++) {
                    margin += shares.get(i * classes + j) - shares.get(j * classes + i);
                }
                return margin;
            });
            return new FairnessUpdate(
                    epoch + 1,
                    new Confused(shares),
                    ClassTreatment.even(classes).withMargins(margins));
        }
    }

    private static final EpochEvaluation EVALUATION = new EpochEvaluation(
            Tally.count(3, new int[] {0, 0, 1, 1, 2, 2}, new int[] {0, 0, 1, 1, 2, 2}, new int[] {0, 1, 1, 1, 1, 1}));

    @Test
    void it_sets_what_it_computes_from_the_confusion_and_leaves_the_rest_even() {
        // Given
        var policy = new Transfer(new Settings(0));

        // When
        var update = policy.next(policy.initial(3), EVALUATION, 0);

        // Then: 0 is taken for 1 in half of its samples, 2 for 1 in all of them
        assertThat(update.forEpoch()).isEqualTo(1);
        assertThat(update.treatment()).isEqualTo(ClassTreatment.even(3).withMargins(PerClass.of(1.5, -0.5, 2)));
    }

    @Test
    void it_goes_on_from_its_own_state() {
        // Given
        var policy = new Transfer(new Settings(0.5));

        // When
        var first = policy.next(policy.initial(3), EVALUATION, 0);
        var second = policy.next(first.state(), EVALUATION, 1);

        // Then: a half, then three quarters of the way
        assertThat(first.treatment().margins().toArray())
                .containsExactly(new double[] {1.25, 0.25, 1.5}, within(1e-15));
        assertThat(second.treatment().margins().toArray())
                .containsExactly(new double[] {1.375, -0.125, 1.75}, within(1e-15));
    }

    @Test
    void it_refuses_the_state_of_frl() {
        // Given
        var policy = new Transfer(new Settings(0.5));

        // When, Then
        assertThatThrownBy(() -> policy.next(Multipliers.zero(3), EVALUATION, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("goes on from Confused, but the state is Multipliers");
    }
}
