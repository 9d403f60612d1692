package dev.frl.tracking;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.jspecify.annotations.Nullable;

/** Text for MLflow, within its limits, and the text of its errors. */
final class MlflowText {
    static final int LONGEST_KEY = 250;
    static final int LONGEST_PARAMETER = 6000;
    static final int LONGEST_TAG = 8000;
    private static final ObjectMapper json = new ObjectMapper();

    private MlflowText() {}

    /** Key of a parameter, metric or tag; characters that MLflow refuses become hyphens. */
    static String key(String text) {
        String key = text.replaceAll("[^\\w./: -]", "-");
        return key.length() > LONGEST_KEY ? key.substring(0, LONGEST_KEY) : key;
    }

    static String shorten(String text, int longest) {
        return text.length() <= longest ? text : text.substring(0, longest - 1) + "…";
    }

    /** The message in the JSON body of an error. */
    static String message(@Nullable String body) {
        if (body == null || body.isBlank()) {
            return "no reason given";
        }
        try {
            JsonNode message = json.readTree(body).path("message");
            return message.isTextual() ? message.asText() : body.strip();
        } catch (JsonProcessingException e) {
            return body.strip();
        }
    }
}
