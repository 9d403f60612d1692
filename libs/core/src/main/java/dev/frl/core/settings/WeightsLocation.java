package dev.frl.core.settings;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The form of a location of weights, in specs and in messages alike: {@code file:/path}, or {@code scheme://store/path} of an object store.
 * Whether a place may be read is decided by the worker that reads it.
 */
public final class WeightsLocation {
    /** More than a path or a key may have, with every character escaped. */
    private static final int LONGEST = 4096;

    private WeightsLocation() {}

    /** Why a text is no location, to be read after a colon; empty if it is one. The text itself is not in it. */
    public static Optional<String> problem(String text) {
        if (text.length() > LONGEST) {
            return Optional.of("it has " + text.length() + " characters; at most " + LONGEST + " are read");
        }
        try {
            return Optional.ofNullable(problem(new URI(text)));
        } catch (URISyntaxException e) {
            return Optional.of("it is no URI: " + e.getReason());
        }
    }

    private static @Nullable String problem(URI location) {
        String scheme = location.getScheme();
        if (scheme == null) {
            return "expected file:/… or the URI of an object store";
        }
        if (location.isOpaque()) {
            return "expected an absolute path";
        }
        boolean file = scheme.equalsIgnoreCase("file");
        if (location.getRawQuery() != null
                || location.getRawFragment() != null
                || location.getRawUserInfo() != null
                || (file && location.getRawAuthority() != null)) {
            return file
                    ? "expected a path without host, query and fragment"
                    : "expected a path without user, query and fragment";
        }
        if (!file && location.getRawAuthority() == null) {
            return "expected the name of a store after " + scheme + "://";
        }
        String path = location.getPath(); // decoded: %2e%2e is found as well
        if (path.chars().anyMatch(Character::isISOControl)) {
            return "it is not a path: it has control characters";
        }
        return Arrays.stream(path.split("/", -1)).anyMatch(name -> name.equals(".") || name.equals(".."))
                ? "it must not contain . or .."
                : null;
    }
}
