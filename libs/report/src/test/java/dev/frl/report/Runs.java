package dev.frl.report;

import dev.frl.core.run.RunHistory;
import dev.frl.core.settings.FairnessSettings.Policy;
import dev.frl.report.SyntheticRun.Choice;
import java.util.List;

/** A small experiment with numbers that can be computed by hand: two classes of equal size. */
public final class Runs {
    public static final List<String> NAMES = List.of("easy", "hard");

    private Runs() {}

    /** A run of one epoch, tested with these errors of the easy and the hard class. */
    public static RunHistory tested(Policy policy, long seed, double[] standard, double[] robust) {
        return begun(policy, seed).tested(2, standard, robust).finished().history();
    }

    /** A run that was evaluated and not tested. */
    public static SyntheticRun begun(Policy policy, long seed) {
        return new SyntheticRun(Choice.of(policy.label() + "-" + seed, policy, seed), NAMES)
                .epoch(0, errors(.10, .40), errors(.20, .80))
                .epoch(1, errors(.10, .40), errors(.20, .80));
    }

    public static RunHistory warmStart(long seed) {
        return new SyntheticRun(Choice.warmStart(seed), NAMES)
                .epoch(1, errors(.10, .50), errors(.30, .90))
                .tested(1, errors(.10, .50), errors(.30, .90))
                .finished()
                .history();
    }

    public static double[] errors(double easy, double hard) {
        return new double[] {easy, hard};
    }

    /** Two seeds of policy none and of frl-reweight, with their warm starts. */
    public static List<RunHistory> whole() {
        return List.of(
                warmStart(1),
                warmStart(2),
                tested(Policy.NONE, 1, errors(.10, .40), errors(.20, .80)),
                tested(Policy.NONE, 2, errors(.12, .44), errors(.22, .84)),
                tested(Policy.FRL_REWEIGHT, 1, errors(.14, .30), errors(.26, .60)),
                tested(Policy.FRL_REWEIGHT, 2, errors(.14, .30), errors(.26, .56)));
    }
}
