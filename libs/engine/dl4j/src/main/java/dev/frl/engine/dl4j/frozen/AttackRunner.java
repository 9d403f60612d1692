package dev.frl.engine.dl4j.frozen;

import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.AttackSettings.Loss;
import dev.frl.engine.Predictions;
import dev.frl.engine.Samples;
import dev.frl.engine.kit.attack.Ascent;
import dev.frl.engine.kit.attack.Evaluation;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Runs an attack for an evaluation: it attacks the samples that are correct without attack, each until it is misclassified.
 * Lanes take samples from one queue and replace each finished sample by the next, so they stay full until the queue is empty.
 */
public final class AttackRunner {
    private final Samples samples;
    private final AttackSettings attack;
    private final int steps;
    private final Evaluation evaluation;
    private final double[] cleanP;
    private final int[] queue;
    private final AtomicInteger next = new AtomicInteger();

    /** @param cleanLogits shape [N, classes] */
    public AttackRunner(Samples samples, AttackSettings attack, float[] cleanLogits, int classes) {
        this.samples = samples;
        this.attack = attack;
        this.steps = attack.stepsTaken();
        this.evaluation = new Evaluation(samples, cleanLogits, classes);
        this.queue = evaluation.toAttack();
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
            int unfinished = 0;
            for (int slot = 0; slot < slots.active; slot++) {
                int sample = slots.sample[slot];
                slots.done[slot] = !evaluation.record(sample, logits, slot) || slots.step[slot] == steps;
                if (slots.done[slot]) {
                    lane.clearLogitGradient(slot);
                } else {
                    unfinished++;
                    lane.setLogitGradient(samples, sample, attack, slot, cleanP, sample);
                }
            }
            if (unfinished > 0) {
                lane.backward(slots.active);
            }
            slots.step();
        }
    }

    public Predictions predictions() {
        return evaluation.predictions();
    }

    /** Samples that a lane attacks at the moment. */
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

        /** Takes new samples into the free slots. */
        void fill() {
            while (active < lane.capacity) {
                int position = next.getAndIncrement();
                if (position >= queue.length) {
                    return;
                }
                sample[active] = queue[position];
                step[active] = 0;
                lane.start(samples, sample[active], attack, iterates, active);
                ascent[active] = lane.ascent(samples, sample[active], attack, cleanP, sample[active]);
                active++;
            }
        }

        /** Moves the samples whose attack goes on, and closes the gaps of the others. */
        void step() {
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
