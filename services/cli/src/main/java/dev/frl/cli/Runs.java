package dev.frl.cli;

import dev.frl.core.run.RunPlan;
import dev.frl.report.RunNames;

/** What people call runs. */
final class Runs {
    private Runs() {}

    /** What sets a run apart within its experiment. */
    static String what(RunPlan plan) {
        return RunNames.of(plan);
    }
}
