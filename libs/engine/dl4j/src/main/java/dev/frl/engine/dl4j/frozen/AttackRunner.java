package dev.frl.engine.dl4j.frozen;

import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.AttackSettings.Loss;
import dev.frl.engine.Predictions;
import dev.frl.engine.Samples;
import dev.frl.engine.kit.attack.Ascent;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Judges samples: only those that are right without attack are attacked, and only until they fall. Lanes take samples from
 * one queue and fill a fallen one's place with the next, so they run full until the queue is empty.
 */
public final class AttackRunner {
    private final Samples samples;
    private final AttackSettings attack;
    private final int steps;
    private final int[] clean;
    private final int[] attacked;
    private final double[] cleanP;
    private final int[] queue;
    private final AtomicInteger next = new AtomicInteger();

    /** @param cleanLogits shape [N, classes] */
    public AttackRunner(Samples samples, AttackSettings attack, float[] cleanLogits, int classes) {
        this.samples = samples;
        this.attack = attack;
        this.steps = attack.stepsTaken();
        this.clean = new int[samples.count()];
        Arrays.setAll(clean, i -> argmax(cleanLogits, i, classes));
        this.attacked = clean.clone();
        this.queue = IntStream.range(0, clean.length)
                .filter(i -> clean[i] == samples.labels()[i])
                .toArray();
        this.cleanP = new double[attack.loss() == Loss.KL ? cleanLogits.length : 0];
        for (int at = 0; at < cleanP.length; at += classes) {
            LogitGradients.softmax(cleanLogits, at, classes, cleanP, at);
        }
    }

    /** Takes samples from the queue until it is empty. */
    public void work(AttackLane lane) {
        var slots = new Slots(lane);
        for (slots.fill(); slots.active > 0; slots.fill()) {
            var logits = lane.forward(slots.iterates, 0, slots.active);
            int standing = 0;
            for (int slot = 0; slot < slots.active; slot++) {
                int sample = slots.sample[slot];
                attacked[sample] = argmax(logits, slot, lane.classes());
                slots.done[slot] = attacked[sample] != samples.labels()[sample] || slots.step[slot] == steps;
                if (slots.done[slot]) {
                    lane.clearLogitGradient(slot);
                } else {
                    standing++;
                    lane.setLogitGradient(samples, sample, attack, slot, cleanP, sample);
                }
            }
            if (standing > 0) {
                lane.backward(slots.active);
            }
            slots.moveOn();
        }
    }

    public Predictions predictions() {
        return new Predictions(clean, attacked);
    }

    /** The first of the largest. */
    private static int argmax(float[] logits, int sample, int classes) {
        int best = 0;
        for (int j = 1; j < classes; j++) {
            best = logits[sample * classes + j] > logits[sample * classes + best] ? j : best;
        }
        return best;
    }

    /** The samples one lane is attacking. */
    private final class Slots {
        final AttackLane lane;
        final int[] sample = new int[AttackLane.CAPACITY];
        final int[] step = new int[AttackLane.CAPACITY];
        final boolean[] done = new boolean[AttackLane.CAPACITY];
        final @Nullable Ascent[] ascent = new @Nullable Ascent[AttackLane.CAPACITY];

        /** Shape [capacity, C, H, W]. */
        final float[] iterates;

        int active;

        Slots(AttackLane lane) {
            this.lane = lane;
            this.iterates = new float[lane.capacity * lane.pixels()];
        }

        /** Takes new samples for the free places. */
        void fill() {
            while (active < lane.capacity) {
                int place = next.getAndIncrement();
                if (place >= queue.length) {
                    return;
                }
                sample[active] = queue[place];
                step[active] = 0;
                lane.start(samples, sample[active], attack, iterates, active);
                ascent[active] = lane.ascent(samples, sample[active], attack, cleanP, sample[active]);
                active++;
            }
        }

        /** Steps those that stand and closes the gaps of the others. */
        void moveOn() {
            int kept = 0;
            for (int slot = 0; slot < active; slot++) {
                if (!done[slot]) {
                    lane.step(samples, sample[slot], attack, ascent[slot], iterates, slot, slot);
                    System.arraycopy(iterates, slot * lane.pixels(), iterates, kept * lane.pixels(), lane.pixels());
                    sample[kept] = sample[slot];
                    ascent[kept] = ascent[slot];
                    step[kept] = step[slot] + 1;
                    kept++;
                }
            }
            active = kept;
        }
    }
}
