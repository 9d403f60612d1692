package dev.frl.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.fuzz.Fuzz;
import dev.frl.fuzz.Mutations;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;

final class S3SettingsTest {
    /** A store is made with them, or they are refused in one line that names a variable and shows no secret. */
    @Test
    void whatever_the_variables_hold_they_are_settings_or_are_refused_by_name() {
        // Given
        var valid = new TreeMap<>(Map.of(
                "AWS_ENDPOINT_URL_S3", "http://me:hush-hush@minio.example.org:9000",
                "AWS_ENDPOINT_URL", "https://[2001:db8::1]:9000/base",
                "AWS_REGION", "eu-west-1",
                "AWS_DEFAULT_REGION", "us-east-1",
                "FRL_S3_PATH_STYLE", "true",
                "AWS_ACCESS_KEY_ID", "AKIA",
                "AWS_SECRET_ACCESS_KEY", "hush-hush",
                "AWS_SESSION_TOKEN", "hush-hush"));
        var names = List.copyOf(valid.keySet());

        // When, Then
        Fuzz.run("environment of a store", 200, 256 << 20, random -> {
            var environment = new HashMap<String, String>();
            valid.forEach((name, value) -> {
                if (random.nextInt(3) > 0) {
                    environment.put(name, value);
                }
            });
            for (int n = random.nextInt(1, 3); n > 0; n--) {
                String name = names.get(random.nextInt(names.size()));
                var value = Mutations.mutate(valid.get(name).getBytes(StandardCharsets.UTF_8), random);
                environment.put(name, new String(value, StandardCharsets.UTF_8).replace("\0", ""));
            }
            try {
                S3Settings.of(environment).client().close();
            } catch (IllegalArgumentException e) {
                assertThat(e.getMessage())
                        .as("%s", environment)
                        .containsPattern("(AWS|FRL)_[A-Z0-9_]+")
                        .doesNotContain("hush")
                        .doesNotContainPattern("\\p{Cntrl}");
            }
        });
    }

    @Test
    void without_settings_it_is_aws() {
        // When
        var settings = S3Settings.of(Map.of("AWS_ENDPOINT_URL_S3", " ", "AWS_DEFAULT_REGION", "eu-west-1"));

        // Then
        assertThat(settings.endpoint()).isNull();
        assertThat(settings.pathStyle()).isFalse();
        assertThat(settings.store()).isEqualTo("S3 in eu-west-1");
    }

    @Test
    void another_store_has_buckets_in_paths_unless_told_otherwise() {
        // When
        var settings = S3Settings.of(Map.of("AWS_ENDPOINT_URL", "https://minio:9000", "AWS_REGION", "lab"));

        // Then
        assertThat(settings.endpoint()).isEqualTo(URI.create("https://minio:9000"));
        assertThat(settings.pathStyle()).isTrue();
        assertThat(settings.region().id()).isEqualTo("lab");
        assertThat(S3Settings.of(Map.of("AWS_ENDPOINT_URL", "https://oss:443", "FRL_S3_PATH_STYLE", "false"))
                        .pathStyle())
                .isFalse();
    }

    @Test
    void the_endpoint_for_s3_wins_over_that_of_all_services() {
        // When
        var settings =
                S3Settings.of(Map.of("AWS_ENDPOINT_URL", "http://all:1", "AWS_ENDPOINT_URL_S3", "http://only-s3:2"));

        // Then
        assertThat(settings.store()).isEqualTo("http://only-s3:2");
    }

    @Test
    void a_session_token_is_used() {
        // When
        var settings =
                S3Settings.of(Map.of("AWS_ACCESS_KEY_ID", "a", "AWS_SECRET_ACCESS_KEY", "b", "AWS_SESSION_TOKEN", "c"));

        // Then
        assertThat(settings.credentials().resolveCredentials())
                .isInstanceOfSatisfying(
                        AwsSessionCredentials.class,
                        c -> assertThat(c.sessionToken()).isEqualTo("c"));
    }

    @ParameterizedTest
    @CsvSource({
        "AWS_ENDPOINT_URL_S3, minio:9000, expected a URL such as http://minio:9000",
        "AWS_ENDPOINT_URL, ftp://minio, expected a URL such as http://minio:9000",
        "AWS_ENDPOINT_URL, http://a b, expected a URL such as http://minio:9000",
        "FRL_S3_PATH_STYLE, yes, expected true or false",
        "AWS_ACCESS_KEY_ID, a, AWS_SECRET_ACCESS_KEY is not set",
        "AWS_SECRET_ACCESS_KEY, a, AWS_ACCESS_KEY_ID is not set"
    })
    void a_wrong_value_is_told_with_its_name(String name, String value, String message) {
        assertThatThrownBy(() -> S3Settings.of(Map.of(name, value)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(name)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource({
        "s3://bucket, s3://bucket, ''",
        "s3://bucket/, s3://bucket, ''",
        "s3://my_bucket/a/b.c/, s3://my_bucket/a/b.c, a/b.c/"
    })
    void a_root_is_a_bucket_and_a_prefix(String given, String uri, String prefix) {
        // When
        var root = S3Root.of(URI.create(given));

        // Then
        assertThat(root.uri()).hasToString(uri);
        assertThat(root.prefix()).isEqualTo(prefix);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "s3:///prefix",
                "s3://b",
                "s3://bucket:80/x",
                "s3://id@bucket/x",
                "s3://bucket//x",
                "s3://bucket/../x",
                "s3://bucket/./x",
                "s3://bucket/a%20b",
                "s3://bucket/x?y",
                "s3://bucket/x#y",
                "s3:bucket"
            })
    void a_root_that_is_none_is_refused(String given) {
        assertThatThrownBy(() -> S3Root.of(URI.create(given)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected s3://BUCKET/PREFIX");
    }
}
