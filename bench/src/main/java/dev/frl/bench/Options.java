package dev.frl.bench;

import java.util.HashMap;
import java.util.Map;

/** {@code --name value …}. */
final class Options {
    private Options() {}

    /** By name, without the dashes. */
    static Map<String, String> of(String[] arguments) {
        var options = new HashMap<String, String>();
        for (int i = 0; i + 1 < arguments.length; i += 2) {
            options.put(arguments[i].replaceFirst("^--", ""), arguments[i + 1]);
        }
        return options;
    }
}
