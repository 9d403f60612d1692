package dev.frl.tracking;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Metric names that MLflow accepts: at most 250 characters of letters, digits, and {@code _ - . / : space}. */
final class MetricNames {
    private static final int LONGEST_PART = 60;

    private static final Pattern EARLIER =
            Pattern.compile("(?:class|test_class|test_best_class)/clean_(?:err|weight)/.*|ctl/phi_clean/.*");

    private MetricNames() {}

    /**
     * Whether an earlier version of this program gave the name: {@code clean_err}, {@code clean_weight} and {@code phi_clean} are
     * now {@code standard_err}, {@code standard_weight} and {@code phi_standard}.
     */
    static boolean isEarlier(String name) {
        return EARLIER.matcher(name).matches();
    }

    /**
     * {@code 06_Shirt}: the label keeps classes in order, and keeps names apart that become equal.
     *
     * @param names names of the classes, by label
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

    /** MLflow groups charts by the name up to its last slash, so the charts of one number for all classes are side by side. */
    static String ofClass(String prefix, String className, String what) {
        return prefix + "/" + what + "/" + className;
    }

    /** One part of a name; slashes and characters that MLflow refuses become hyphens. Different texts may give the same part. */
    static String part(String text) {
        String plain = Normalizer.normalize(text, Normalizer.Form.NFD).replaceAll("\\p{M}", "");
        String clean =
                plain.replaceAll("[^A-Za-z0-9_.=, -]", "-").replace(", ", "_").replace(",", "_");
        String tidy =
                clean.replaceAll("[ -]+", "-").replaceAll("^[-.]+|[-.]+$", "").replace("=", "-");
        return tidy.length() > LONGEST_PART ? tidy.substring(0, LONGEST_PART) : tidy;
    }

    /** {@link #part} of a text; with a number if another text might give the same part. */
    static String numbered(String text, int number) {
        String part = part(text);
        boolean unchanged = text.matches("[A-Za-z0-9_.=-]+(, [A-Za-z0-9_.=-]+)*") && part.length() < LONGEST_PART;
        return unchanged ? part : part + "-" + number;
    }

    /** {@link #part} of each text, in the same order; equal parts get a number. */
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
