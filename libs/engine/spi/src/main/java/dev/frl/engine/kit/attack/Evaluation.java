package dev.frl.engine.kit.attack;

import dev.frl.engine.Predictions;
import dev.frl.engine.Samples;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Predictions of an evaluation while its attack runs. A sample's attack ends at the first iterate that is misclassified, and
 * a sample that is misclassified without attack is not attacked. Threads may use it at the same time for different samples.
 */
public final class Evaluation {
    private final int[] labels;
    private final int classes;
    private final int[] clean;
    private final int[] attacked;

    /** @param cleanLogits shape [N, classes] */
    public Evaluation(Samples samples, float[] cleanLogits, int classes) {
        this.labels = samples.labels();
        this.classes = classes;
        this.clean = new int[samples.count()];
        Arrays.setAll(clean, i -> Logits.argmax(cleanLogits, i, classes));
        this.attacked = clean.clone();
    }

    /** Samples to attack: those that are classified correctly without attack. */
    public int[] toAttack() {
        return IntStream.range(0, clean.length)
                .filter(i -> clean[i] == labels[i])
                .toArray();
    }

    /** Whether all iterates of a sample so far are classified correctly. */
    public boolean isCorrect(int sample) {
        return attacked[sample] == labels[sample];
    }

    /**
     * Records the prediction for the next iterate of a sample that is still correct.
     *
     * @param logits its logits are row {@code row}
     * @return whether it is still correct
     */
    public boolean record(int sample, float[] logits, int row) {
        attacked[sample] = Logits.argmax(logits, row, classes);
        return isCorrect(sample);
    }

    public Predictions predictions() {
        return new Predictions(clean, attacked);
    }
}
