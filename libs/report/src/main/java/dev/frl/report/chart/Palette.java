package dev.frl.report.chart;

import dev.frl.report.statistics.Arm;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Style class of each series: greys for controls and starts, and for policies the colours of Okabe and Ito, which can be told
 * apart with any colour vision.
 */
public final class Palette {
    private static final int GREYS = 3;
    private static final int COLOURS = 7;
    /** Style class of the weights that arms started from. */
    public static final String BEFORE = "before";

    private final Map<Arm, String> classes = new IdentityHashMap<>();

    /** If no arm has a policy, the first arm is grey and the others are coloured. */
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

    /** Style class of a class whose weights and margins are drawn in colour. */
    static String highlight(int rank) {
        return "h" + rank;
    }
}
