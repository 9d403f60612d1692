package dev.frl.engine.torch;

import static org.bytedeco.pytorch.global.torch.zeros_like;

import dev.frl.core.settings.AttackSettings.Loss;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;

/** Gradients of the attacks' losses by the logits, each up to a positive factor of its row. Shapes are [rows, classes]. */
final class LogitGradients {
    private LogitGradients() {}

    /**
     * @param logits doubles
     * @param target one-hot labels, or the clean prediction for KL; doubles
     */
    static Tensor of(Loss loss, Tensor logits, Tensor target) {
        return switch (loss) {
            case CROSS_ENTROPY, KL -> logits.softmax(1).sub_(target);
            case CW -> margin(logits, target);
            case DLR -> logitRatio(logits, target);
        };
    }

    /** d (max_{j≠label} z_j − z_label) / d z; of several largest others the first. */
    private static Tensor margin(Tensor logits, Tensor target) {
        return oneHot(without(logits, target), logits).sub_(target);
    }

    /**
     * Of DLR = M / D, with the margin M and D = z_π1 − z_π3: D dM − M dD, by the quotient rule, of which D² is left out; dM
     * where D = 0, since DLR has no value there. Needs three classes.
     */
    private static Tensor logitRatio(Tensor logits, Tensor target) {
        var first = oneHot(logits, logits);
        var second = oneHot(without(logits, first), logits);
        var third = oneHot(without(without(logits, first), second), logits);
        var byMargin = margin(logits, target);
        var m = logits.mul(byMargin).sum(new long[] {1}, true, new ScalarTypeOptional());
        var byD = first.sub(third);
        var d = logits.mul(byD).sum(new long[] {1}, true, new ScalarTypeOptional());
        var quotient = byMargin.mul(d).sub_(byD.mul(m));
        return quotient.where(d.ne(new Scalar(0.0)), byMargin);
    }

    /** Minus infinity where {@code taken} is 1. */
    private static Tensor without(Tensor logits, Tensor taken) {
        return logits.masked_fill(taken.ne(new Scalar(0.0)), new Scalar(Double.NEGATIVE_INFINITY));
    }

    /** 1 at the first of each row's largest, else 0. */
    private static Tensor oneHot(Tensor values, Tensor like) {
        var largest = values.argmax(new LongOptional(1), true);
        return zeros_like(like).scatter_(1, largest, new Scalar(1.0));
    }
}
