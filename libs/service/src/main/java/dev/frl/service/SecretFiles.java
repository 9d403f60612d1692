package dev.frl.service;

import dev.frl.messaging.client.KafkaSettings;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Secrets from files, as container platforms mount them: a variable that holds a secret may be given by a variable with {@code _FILE}
 * after its name, which names a file with the value. Line ends at the end of the file do not count.
 */
public final class SecretFiles {
    private static final String SUFFIX = "_FILE";
    private static final int MOST_BYTES = 1 << 20;

    private static final List<String> OTHERS = List.of(
            "MLFLOW_TRACKING_USERNAME",
            "MLFLOW_TRACKING_PASSWORD",
            "MLFLOW_TRACKING_TOKEN",
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
            "FRL_CHECKPOINT_SIGNING_KEY",
            "FRL_CHECKPOINT_TRUSTED_KEYS", // no secret, but a text of several lines too
            "OTEL_EXPORTER_OTLP_HEADERS",
            "OTEL_EXPORTER_OTLP_TRACES_HEADERS");

    private SecretFiles() {}

    /** Variables that hold secrets. */
    public static List<String> variables() {
        var all = new TreeSet<>(OTHERS);
        all.addAll(KafkaSettings.secretVariables());
        return List.copyOf(all);
    }

    /**
     * The environment with the values from files.
     *
     * @throws IllegalArgumentException listing all variables that are given twice or whose files cannot be read; no value is in it
     */
    public static Map<String, String> read(Map<String, String> environment) {
        var read = new TreeMap<>(environment);
        var problems = new ArrayList<String>();
        for (String name : variables()) {
            String variable = name + SUFFIX;
            String file = environment.getOrDefault(variable, "");
            if (file.isBlank()) {
                continue;
            }
            if (!environment.getOrDefault(name, "").isBlank()) {
                problems.add(String.format(Locale.ROOT, "%s and %s are both set; unset one", name, variable));
                continue;
            }
            try {
                var path = Path.of(file.strip());
                if (Files.isRegularFile(path) && Files.size(path) > MOST_BYTES) {
                    throw new IOException("it is longer than 1 MiB");
                }
                String value = Files.readString(path, StandardCharsets.UTF_8).replaceFirst("[\\r\\n]+$", "");
                if (value.isBlank()) {
                    throw new IOException("it is empty");
                }
                read.put(name, value);
                read.remove(variable);
            } catch (IOException | InvalidPathException e) {
                problems.add(String.format(Locale.ROOT, "%s: %s cannot be read: %s", variable, file, reason(e)));
            }
        }
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
        return read;
    }

    private static String reason(Exception e) {
        if (e instanceof NoSuchFileException) {
            return "there is no such file";
        }
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        return e instanceof CharacterCodingException ? "it is not UTF-8" : String.valueOf(e.getMessage());
    }

    /** An address without the user and the password before its host. */
    public static String withoutUser(String address) {
        return address.replaceAll("//.*@", "//…@");
    }
}
