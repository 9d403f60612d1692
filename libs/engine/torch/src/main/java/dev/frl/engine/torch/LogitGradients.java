package dev.frl.engine.torch;

import static org.bytedeco.pytorch.global.torch.zeros_like;

import dev.frl.core.settings.AttackSettings.Loss;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;

/** Gradients of attack losses with respect to the logits, each row up to a positive factor. Shapes are [rows, classes]. */
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

    /** d (max_{j≠label} z_j − z_label) / d z. If several other logits are the largest, the first one counts. */
    private static Tensor margin(Tensor logits, Tensor target) {
        return oneHot(without(logits, target), logits).sub_(target);
    }

    /**
     * Gradient of DLR = M / D, with the margin M and D = z_π1 − z_π3: by the quotient rule D dM − M dD, without the factor 1 / D².
     * Where D = 0, DLR has no value, and the gradient is dM. Needs three classes.
     */
    private static Tensor logitRatio(Tensor logits, Tensor target) {
        var first = oneHot(logits, logits);
        var second = oneHot(without(logits, first), logits);
        var third = oneHot(without(without(logits, first), second), logits);
        var marginGradient = margin(logits, target);
        var m = logits.mul(marginGradient).sum(new long[] {1}, true, new ScalarTypeOptional());
        var dGradient = first.sub(third);
        var d = logits.mul(dGradient).sum(new long[] {1}, true, new ScalarTypeOptional());
        var quotient = marginGradient.mul(d).sub_(dGradient.mul(m));
        return quotient.where(d.ne(new Scalar(0.0)), marginGradient);
    }

    /** The logits, with minus infinity where {@code taken} is 1. */
    private static Tensor without(Tensor logits, Tensor taken) {
        return logits.masked_fill(taken.ne(new Scalar(0.0)), new Scalar(Double.NEGATIVE_INFINITY));
    }

    /** 1 at the first of the largest values of each row, else 0. */
    private static Tensor oneHot(Tensor values, Tensor like) {
        var largest = values.argmax(new LongOptional(1), true);
        return zeros_like(like).scatter_(1, largest, new Scalar(1.0));
    }
}
