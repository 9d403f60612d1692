package dev.frl.spec.key;

import dev.frl.core.settings.Range;
import dev.frl.core.settings.RunSettings;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One key of a spec. Reader, problem texts, canonical text, docs/settings.md, docs/spec.schema.json and the Avro record all follow
 * from it.
 *
 * @param path in full, as in {@code spec.training.epochs}
 * @param type of the value: how it is read and written
 * @param range of a number or duration, or of each number of a list; null for none
 * @param rangeDoc the range in words; empty for none
 * @param fallback its default; null if it is required, has none or follows from other settings
 * @param fallbackDoc the default in words
 * @param meaning one or two sentences
 * @param value from the settings of a run; null if it is no part of them
 * @param omitsDefault whether the canonical text leaves it out where it has its default. Keys that came after the first release
 *     do, so that the ids of older runs stay.
 */
public record Key<T>(
        String path,
        ValueType<T> type,
        @Nullable Range range,
        String rangeDoc,
        @Nullable T fallback,
        String fallbackDoc,
        String meaning,
        @Nullable Function<RunSettings, @Nullable T> value,
        boolean omitsDefault) {
    public static final String REQUIRED = "**required**";

    public boolean isRequired() {
        return fallbackDoc.equals(REQUIRED);
    }

    public String group() {
        return path.substring(0, Math.max(0, path.lastIndexOf('.')));
    }

    public String name() {
        return path.substring(path.lastIndexOf('.') + 1);
    }

    /** The value of the canonical text as a plain tree; null if the text leaves it out. */
    public @Nullable Object canonical(RunSettings settings) {
        T of = value == null ? null : value.apply(settings);
        return of == null || omitsDefault && of.equals(fallback)
                ? null
                : type.plain().apply(of);
    }

    /** A key that is being declared; {@link #means} ends the declaration. */
    public static final class Draft<T> {
        private final Section section;
        private final String path;
        private final ValueType<T> type;
        private @Nullable Range range;
        private String rangeDoc = "";
        private @Nullable T fallback;
        private String fallbackDoc = "none";
        private @Nullable Function<RunSettings, @Nullable T> value;
        private boolean omitsDefault;

        Draft(Section section, String path, ValueType<T> type) {
            this.section = section;
            this.path = path;
            this.type = type;
        }

        /** The range that the setting's record checks by. */
        public Draft<T> in(Range declared) {
            range = declared;
            rangeDoc = declared.interval();
            return this;
        }

        /** Ranges that depend on another setting, by its value, the widest last. */
        public Draft<T> in(Map<String, Range> byCase) {
            byCase.values().forEach(r -> range = r);
            rangeDoc = byCase.entrySet().stream()
                    .map(e -> String.format(
                            Locale.ROOT, "`%s`: %s", e.getKey(), e.getValue().interval()))
                    .collect(Collectors.joining("; "));
            return this;
        }

        public Draft<T> byDefault(T itself) {
            fallback = itself;
            fallbackDoc = "`" + type.written(itself) + "`";
            return this;
        }

        /** A default that follows from other settings, in words. */
        public Draft<T> defaultsTo(String words) {
            fallbackDoc = words;
            return this;
        }

        public Draft<T> required() {
            fallbackDoc = REQUIRED;
            return this;
        }

        /** Where the value stands in the settings of a run; the function gives null where a run has none. */
        public Draft<T> from(Function<RunSettings, @Nullable T> settings) {
            value = settings;
            return this;
        }

        public Draft<T> omittedAtDefault() {
            omitsDefault = true;
            return this;
        }

        public Key<T> means(String meaning) {
            return section.add(
                    new Key<>(path, type, range, rangeDoc, fallback, fallbackDoc, meaning, value, omitsDefault));
        }
    }
}
