package dev.frl.s3;

import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3Configuration;

/**
 * Which store, and with which credentials. Read from AWS's own variables, and {@code FRL_S3_PATH_STYLE}.
 *
 * @param endpoint null for AWS itself
 * @param pathStyle whether the bucket is in the path of a request and not in its host name
 */
record S3Settings(@Nullable URI endpoint, Region region, boolean pathStyle, AwsCredentialsProvider credentials) {
    /** As a part of a host's name, which it becomes. */
    private static final Pattern REGION = Pattern.compile("[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?");

    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration SILENCE = Duration.ofSeconds(60);

    /** @throws IllegalArgumentException if a value is invalid; the message names the variable */
    static S3Settings of(Map<String, String> env) {
        var endpoint = endpoint(env, "AWS_ENDPOINT_URL_S3");
        endpoint = endpoint == null ? endpoint(env, "AWS_ENDPOINT_URL") : endpoint;
        var region = value(env, "AWS_REGION");
        region = region == null ? value(env, "AWS_DEFAULT_REGION") : region;
        if (region != null && !REGION.matcher(region).matches()) {
            throw new IllegalArgumentException(
                    "AWS_REGION (else AWS_DEFAULT_REGION) is no region such as eu-west-1: letters, digits and hyphens");
        }
        return new S3Settings(
                endpoint,
                region == null ? Region.US_EAST_1 : Region.of(region),
                pathStyle(value(env, "FRL_S3_PATH_STYLE"), endpoint != null),
                credentials(env));
    }

    private static @Nullable String value(Map<String, String> env, String name) {
        var value = env.get(name);
        return value == null || value.isBlank() ? null : value;
    }

    private static @Nullable URI endpoint(Map<String, String> env, String name) {
        var value = value(env, name);
        if (value == null) {
            return null;
        }
        try {
            var endpoint = URI.create(value);
            var scheme = endpoint.getScheme();
            if (endpoint.getHost() != null
                    && endpoint.getRawUserInfo() == null
                    && ("http".equals(scheme) || "https".equals(scheme))) {
                return endpoint;
            }
        } catch (IllegalArgumentException e) {
            throw wrongEndpoint(name);
        }
        throw wrongEndpoint(name);
    }

    /** Does not show the value, which may hold a password. */
    private static IllegalArgumentException wrongEndpoint(String name) {
        return new IllegalArgumentException(String.format(
                Locale.ROOT,
                "%s is no usable address; expected a URL such as http://minio:9000, without user and password",
                name));
    }

    /** Stores other than AWS seldom have a host name for each bucket. */
    private static boolean pathStyle(@Nullable String value, boolean otherStore) {
        if (value == null) {
            return otherStore;
        }
        if (!value.equals("true") && !value.equals("false")) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT, "FRL_S3_PATH_STYLE is %s; expected true or false", value.replaceAll("\\p{Cc}", "?")));
        }
        return value.equals("true");
    }

    private static AwsCredentialsProvider credentials(Map<String, String> env) {
        var id = value(env, "AWS_ACCESS_KEY_ID");
        var secret = value(env, "AWS_SECRET_ACCESS_KEY");
        var token = value(env, "AWS_SESSION_TOKEN");
        if (id == null && secret == null) {
            // Profiles, web identities, and roles of pods and machines.
            return DefaultCredentialsProvider.builder().build();
        }
        if (id == null || secret == null) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "%s is not set, but %s is: set both or neither",
                    id == null ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY",
                    id == null ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID"));
        }
        return StaticCredentialsProvider.create(
                token == null
                        ? AwsBasicCredentials.create(id, secret)
                        : AwsSessionCredentials.create(id, secret, token));
    }

    /** Name of the store, for messages. */
    String store() {
        return endpoint == null ? "S3 in " + region.id() : endpoint.toString();
    }

    /**
     * A client. Retries as AWS_RETRY_MODE and AWS_MAX_ATTEMPTS say, by default 4 attempts with growing pauses. What needs more of
     * a store than the oldest form of a request is off: checkpoints have their own checksums.
     */
    S3Client client() {
        var builder = S3Client.builder()
                .region(region)
                .credentialsProvider(credentials)
                .forcePathStyle(pathStyle)
                .serviceConfiguration(
                        S3Configuration.builder().chunkedEncodingEnabled(false).build())
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .httpClientBuilder(UrlConnectionHttpClient.builder()
                        .connectionTimeout(CONNECT)
                        .socketTimeout(SILENCE));
        if (endpoint == null) {
            builder.crossRegionAccessEnabled(true);
        } else {
            builder.endpointOverride(endpoint);
        }
        return builder.build();
    }
}
