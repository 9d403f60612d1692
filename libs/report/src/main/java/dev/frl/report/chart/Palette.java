package dev.frl.report.chart;

import dev.frl.report.statistics.Arm;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which style class each series has. Greys for what a policy is compared with, and the colours of Okabe and Ito, which people
 * with any colour vision tell apart, for policies.
 */
public final class Palette {
    private static final int GREYS = 3;
    private static final int COLOURS = 7;
    /** Of what arms began from. */
    public static final String BEFORE = "before";

    private final Map<Arm, String> classes = new IdentityHashMap<>();

    /** Where no arm has a policy, the arms are compared with the first. */
    public Palette(List<Arm> arms) {
        boolean policy = arms.stream().anyMatch(a -> !a.isControl());
        int controls = 0;
        int policies = 0;
        for (Arm arm : arms) {
            boolean grey = arm.isControl() && (policy || controls == 0);
            String css = grey ? "k" + controls++ % GREYS : "p" + policies % COLOURS + dash(policies++);
            classes.put(arm, css);
        }
    }

    private static String dash(int policy) {
        return policy >= COLOURS ? " again" : "";
    }

    public String of(Arm arm) {
        return classes.getOrDefault(arm, "k0");
    }

    /** Of the classes whose treatment is drawn in colour. */
    static String highlight(int rank) {
        return "h" + rank;
    }
}
