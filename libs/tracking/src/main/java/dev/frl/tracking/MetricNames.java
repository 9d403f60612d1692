package dev.frl.tracking;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;

/** Names that MLflow accepts: at most 250 characters of letters, digits, and {@code _ - . / : space}. */
final class MetricNames {
    private static final int LONGEST_PART = 60;

    private MetricNames() {}

    /**
     * {@code 06_Shirt}: the label keeps classes in order, and apart where their names become equal.
     *
     * @param names by label
     */
    static List<String> classes(List<String> names) {
        int digits = Math.max(2, String.valueOf(names.size() - 1).length());
        var parts = new ArrayList<String>();
        for (int i = 0; i < names.size(); i++) {
            String number = String.format(Locale.ROOT, "%0" + digits + "d", i);
            String name = part(names.get(i));
            parts.add(name.isEmpty() ? number : number + "_" + name);
        }
        return parts;
    }

    /** MLflow draws one group of charts for each name up to its last slash: so all classes of one number side by side. */
    static String ofClass(String prefix, String className, String what) {
        return prefix + "/" + what + "/" + className;
    }

    /** One part of a name; what MLflow refuses, and slashes, become hyphens. Unique for different labels only by chance. */
    static String part(String text) {
        String plain = Normalizer.normalize(text, Normalizer.Form.NFD).replaceAll("\\p{M}", "");
        String clean =
                plain.replaceAll("[^A-Za-z0-9_.=, -]", "-").replace(", ", "_").replace(",", "_");
        String tidy =
                clean.replaceAll("[ -]+", "-").replaceAll("^[-.]+|[-.]+$", "").replace("=", "-");
        return tidy.length() > LONGEST_PART ? tidy.substring(0, LONGEST_PART) : tidy;
    }

    /** As {@link #part}, in the same order; equal results are told apart by a number. */
    static List<String> uniqueParts(List<String> texts) {
        var used = new HashSet<String>();
        var parts = new ArrayList<String>();
        for (String text : texts) {
            String part = part(text);
            String unique = part;
            for (int n = 2; !used.add(unique); n++) {
                unique = part + "-" + n;
            }
            parts.add(unique);
        }
        return parts;
    }
}
