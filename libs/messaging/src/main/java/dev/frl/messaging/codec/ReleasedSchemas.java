package dev.frl.messaging.codec;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.jspecify.annotations.Nullable;

/** All schemas of a message by fingerprint: the current one and those that were released. */
public final class ReleasedSchemas {
    private static final String VERSIONS = "/released/versions";

    private ReleasedSchemas() {}

    static Map<Long, Schema> of(Schema current) {
        var known = new HashMap<Long, Schema>();
        for (String version : versions()) {
            String text = read(String.format(Locale.ROOT, "/released/%s/%s.avsc", version, current.getName()));
            if (text != null) {
                var schema = new Schema.Parser().parse(text);
                known.put(SchemaNormalization.parsingFingerprint64(schema), schema);
            }
        }
        known.put(SchemaNormalization.parsingFingerprint64(current), current);
        return known;
    }

    private static List<String> versions() {
        String text = read(VERSIONS);
        return text == null ? List.of() : text.lines().toList();
    }

    /** A resource of the schemas' jar; null if it does not exist. */
    private static @Nullable String read(String resource) {
        try (InputStream in = dev.frl.schemas.RunPlan.class.getResourceAsStream(resource)) {
            return in == null ? null : new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + resource, e);
        }
    }
}
