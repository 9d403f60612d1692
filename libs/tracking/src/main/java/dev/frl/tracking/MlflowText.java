package dev.frl.tracking;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** Text for MLflow, within its limits, and the text of its errors. */
final class MlflowText {
    static final int LONGEST_KEY = 250;
    static final int LONGEST_PARAMETER = 6000;
    static final int LONGEST_TAG = 8000;
    private static final Pattern TITLE = Pattern.compile("(?is)<title[^>]{0,100}>([^<]{1,300})</title>");
    private static final Pattern MARKUP = Pattern.compile("(?s)<[^<>]{1,300}>");
    private static final ObjectMapper json = new ObjectMapper();

    private MlflowText() {}

    /**
     * Key of a parameter, metric or tag. What MLflow refuses becomes a hyphen: other characters, and parts without a name, since
     * MLflow uses keys as names of files.
     */
    static String key(String text) {
        var parts = new ArrayList<String>();
        for (String part : text.replaceAll("[^\\w./: -]", "-").split("/", -1)) {
            parts.add(part.matches("\\.{0,2}") ? "-" : part);
        }
        return shortened(String.join("/", parts), LONGEST_KEY, "");
    }

    /** {@link #key} of each name; names that become equal get a number. */
    static Map<String, String> keys(Collection<String> names) {
        var used = new HashSet<String>();
        var keys = new LinkedHashMap<String, String>();
        for (String name : names) {
            String key = key(name);
            String unique = key;
            for (int n = 2; !used.add(unique); n++) {
                unique = shortened(key, LONGEST_KEY - 8, "") + "-" + n;
            }
            keys.put(name, unique);
        }
        return keys;
    }

    /** A value without the characters that databases refuse. */
    static String shorten(String text, int longest) {
        return shortened(text.replace('\0', '\uFFFD'), longest, "…");
    }

    private static String shortened(String text, int longest, String mark) {
        if (text.length() <= longest) {
            return text;
        }
        int end = longest - mark.length();
        return text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end) + mark;
    }

    /** The text in one short line. */
    static String line(String text, int longest) {
        return shorten(text.strip().replaceAll("[\\s\\p{Cc}]+", " "), longest);
    }

    /** The message in the JSON body of an error. */
    static String message(String body) {
        if (body.isBlank()) {
            return "no reason given";
        }
        try {
            JsonNode error = json.readTree(body);
            JsonNode message = error == null ? null : error.path("message");
            return message != null && message.isTextual() ? message.asText() : body.strip();
        } catch (JsonProcessingException e) {
            return withoutMarkup(body);
        }
    }

    /** The title of a page, or else its text: a proxy answers with HTML. */
    private static String withoutMarkup(String body) {
        var title = TITLE.matcher(body);
        String text = title.find() ? title.group(1) : body;
        String plain = MARKUP.matcher(text).replaceAll(" ").strip();
        return plain.isEmpty() ? "no reason given" : plain;
    }
}
