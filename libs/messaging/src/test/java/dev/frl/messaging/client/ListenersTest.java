package dev.frl.messaging.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.sun.net.httpserver.HttpServer;
import dev.frl.broker.EmbeddedBroker;
import dev.frl.messaging.Samples;
import dev.frl.messaging.access.ClientPrincipal;
import dev.frl.messaging.access.Role;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A broker with a listener of every kind, and clients whose settings fit it or do not. */
@Timeout(180)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ListenersTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path folder;

    private final Map<String, Integer> ports = new TreeMap<>();

    @SuppressWarnings("NullAway.Init")
    private Certificates certificates;

    @SuppressWarnings("NullAway.Init")
    private EmbeddedBroker broker;

    @SuppressWarnings("NullAway.Init")
    private HttpServer tokens;

    @SuppressWarnings("NullAway.Init")
    private KeyPair issuer;

    @BeforeAll
    void start() throws Exception {
        certificates = new Certificates(folder);
        certificates.authority("ca");
        certificates.authority("stranger");
        certificates.signed("broker", "ca", "-ext", "san=ip:127.0.0.1", "-validity", "30");
        certificates.signed("elsewhere", "ca", "-ext", "san=dns:kafka.example", "-validity", "30");
        certificates.signed("old", "ca", "-ext", "san=ip:127.0.0.1", "-startdate", "-10d", "-validity", "5");
        certificates.signed("frl-trainer", "ca", "-validity", "30");
        certificates.signed("intruder", "stranger", "-validity", "30");
        issuer = KeyPairGenerator.getInstance("RSA").generateKeyPair();
        Path keys = Files.writeString(folder.resolve("keys.json"), keySet());
        System.setProperty(
                "org.apache.kafka.sasl.oauthbearer.allowed.urls", keys.toUri().toString());
        System.setProperty("org.apache.kafka.sasl.oauthbearer.allowed.files", keys.toString());
        tokens = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        tokens.createContext("/token", exchange -> {
            String basic = exchange.getRequestHeaders().getFirst("Authorization");
            String wanted = "Basic "
                    + Base64.getEncoder().encodeToString("frl-trainer:oauth-pw".getBytes(StandardCharsets.UTF_8));
            boolean known = wanted.equals(basic);
            byte[] body = (known
                            ? "{\"access_token\":\"" + token() + "\",\"expires_in\":3600}"
                            : "{\"error\":\"invalid_client\"}")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(known ? 200 : 401, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        tokens.start();

        for (String name :
                List.of("CLIENTS", "TLS", "ELSEWHERE", "OLD", "MUTUAL", "SCRAM", "OAUTH", "AWAY", "CONTROLLER")) {
            ports.put(name, freePort());
        }
        var settings = new HashMap<String, String>();
        settings.put("listeners", listeners(true));
        settings.put("advertised.listeners", listeners(false));
        settings.put("controller.quorum.voters", "1@127.0.0.1:" + ports.get("CONTROLLER"));
        settings.put(
                "listener.security.protocol.map",
                "CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT,TLS:SSL,ELSEWHERE:SSL,OLD:SSL,MUTUAL:SSL,SCRAM:SASL_SSL,OAUTH:SASL_PLAINTEXT,AWAY:PLAINTEXT");
        keystore(settings, "tls", "broker");
        keystore(settings, "elsewhere", "elsewhere");
        keystore(settings, "old", "old");
        keystore(settings, "mutual", "broker");
        keystore(settings, "scram", "broker");
        settings.put("listener.name.mutual.ssl.client.auth", "required");
        settings.put(
                "listener.name.mutual.ssl.truststore.location",
                certificates.trust("ca").toString());
        settings.put("listener.name.mutual.ssl.truststore.password", Certificates.PASSWORD);
        settings.put("listener.name.scram.sasl.enabled.mechanisms", "SCRAM-SHA-512");
        settings.put(
                "listener.name.scram.scram-sha-512.sasl.jaas.config",
                "org.apache.kafka.common.security.scram.ScramLoginModule required;");
        settings.put("listener.name.oauth.sasl.enabled.mechanisms", "OAUTHBEARER");
        settings.put(
                "listener.name.oauth.oauthbearer.sasl.jaas.config",
                "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;");
        settings.put(
                "listener.name.oauth.oauthbearer.sasl.server.callback.handler.class",
                "org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler");
        settings.put("sasl.oauthbearer.jwks.endpoint.url", keys.toUri().toString());
        settings.put("sasl.oauthbearer.expected.audience", "kafka");
        settings.put("sasl.oauthbearer.expected.issuer", "test");
        broker = EmbeddedBroker.start(folder.resolve("broker"), ports.get("CLIENTS"), settings);
        try (var admin = Clients.admin(KafkaSettings.of(broker.bootstrapServers()))) {
            admin.alterUserScramCredentials(List.of(new UserScramCredentialUpsertion(
                            "frl-trainer", new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), "scram-pw")))
                    .all()
                    .get();
        }
    }

    @AfterAll
    void stop() {
        broker.close();
        tokens.stop(0);
    }

    @Test
    void clients_whose_settings_fit_get_in_with_stores_and_with_pem() throws Exception {
        var tls = environment("TLS", "SSL");
        trust(tls, "ca");
        var mutual = environment("MUTUAL", "SSL");
        mutual.put("KAFKA_SSL_TRUSTSTORE_TYPE", "PEM");
        mutual.put("KAFKA_SSL_TRUSTSTORE_CERTIFICATES", Files.readString(certificates.chain("ca")));
        mutual.put("KAFKA_SSL_KEYSTORE_TYPE", "PEM");
        mutual.put("KAFKA_SSL_KEYSTORE_CERTIFICATE_CHAIN", Files.readString(certificates.chain("frl-trainer")));
        mutual.put("KAFKA_SSL_KEYSTORE_KEY", Files.readString(certificates.pemKey("frl-trainer")));
        var scram = scram("scram-pw");
        var oauth = oauth("oauth-pw");

        for (var environment : List.of(tls, mutual, scram, oauth)) {
            var settings = KafkaSettings.from(Map.of(), environment);
            assertThatThrownBy(() -> ClusterCheck.awaitReady(settings, Samples.topics(), Role.TRAINER))
                    .as(environment.get("KAFKA_BOOTSTRAP_SERVERS"))
                    .isInstanceOf(MissingTopicException.class); // it is in
        }
        assertThat(ClientPrincipal.of(KafkaSettings.from(Map.of(), mutual)::value))
                .isEqualTo("User:CN=frl-trainer");
        assertThat(ClientPrincipal.of(KafkaSettings.from(Map.of(), scram)::value))
                .isEqualTo("User:frl-trainer");
        assertThat(ClientPrincipal.of(KafkaSettings.from(Map.of(), oauth)::value))
                .isEqualTo("User:frl-trainer");
    }

    @Test
    void certificates_that_do_not_fit_are_named_with_what_to_set() throws Exception {
        var stranger = environment("TLS", "SSL");
        trust(stranger, "stranger");
        var elsewhere = environment("ELSEWHERE", "SSL");
        trust(elsewhere, "ca");
        var old = environment("OLD", "SSL");
        trust(old, "ca");
        var without = environment("MUTUAL", "SSL");
        trust(without, "ca");
        var intruder = environment("MUTUAL", "SSL");
        trust(intruder, "ca");
        intruder.put("KAFKA_SSL_KEYSTORE_TYPE", "PKCS12");
        intruder.put(
                "KAFKA_SSL_KEYSTORE_LOCATION", certificates.store("intruder").toString());
        intruder.put("KAFKA_SSL_KEYSTORE_PASSWORD", Certificates.PASSWORD);

        assertThat(said(stranger))
                .contains("authority that this client does not trust", "KAFKA_SSL_TRUSTSTORE_LOCATION");
        assertThat(said(elsewhere)).contains("for another host name", "KAFKA_BOOTSTRAP_SERVERS");
        assertThat(said(old)).contains("expired");
        assertThat(said(without)).contains("KAFKA_SSL_KEYSTORE_LOCATION");
        assertThat(said(intruder)).contains("KAFKA_SSL_KEYSTORE_LOCATION");
    }

    @Test
    void a_listener_that_sends_its_clients_where_nobody_answers_is_told_with_the_address_and_what_to_correct() {
        // Given
        var here = KafkaSettings.of("127.0.0.1:" + ports.get("CLIENTS"));
        var away = KafkaSettings.of("127.0.0.1:" + ports.get("AWAY"));

        // When, Then
        assertThat(ConnectionTrouble.unreachable(here)).isEmpty();
        assertThat(ConnectionTrouble.probed(away)).isEmpty();
        assertThat(ConnectionTrouble.unreachable(away).orElseThrow())
                .contains(
                        "127.0.0.1:" + ports.get("AWAY") + " answers",
                        "kafka-0.no-such-host.invalid:" + ports.get("AWAY") + " (no host of this name is known)",
                        "advertised.listeners");
    }

    @Test
    void a_client_that_speaks_otherwise_than_the_listener_is_told_how_it_speaks() throws Exception {
        var tlsOnPlain = environment("CLIENTS", "SSL");
        trust(tlsOnPlain, "ca");
        var saslOnTls = scram("scram-pw");
        saslOnTls.put("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:" + ports.get("TLS"));
        var plainMechanism = scram("scram-pw");
        plainMechanism.put("KAFKA_SASL_MECHANISM", "PLAIN");
        plainMechanism.put(
                "KAFKA_SASL_JAAS_CONFIG",
                "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"a\" password=\"secret-pw\";");

        // Each waits for an answer that does not come.
        var waits = Stream.of(
                        environment("TLS", "PLAINTEXT"),
                        tlsOnPlain,
                        environment("SCRAM", "PLAINTEXT"),
                        environment("OAUTH", "PLAINTEXT"))
                .map(environment -> CompletableFuture.supplyAsync(() -> said(environment)))
                .toList();
        assertThat(waits.get(0).get()).contains("speaks TLS: KAFKA_SECURITY_PROTOCOL is PLAINTEXT; set it to SSL");
        assertThat(waits.get(1).get()).contains("KAFKA_SECURITY_PROTOCOL", "PLAINTEXT");
        assertThat(waits.get(2).get()).contains("wants SASL (SCRAM-SHA-512)", "set it to SASL_SSL");
        assertThat(waits.get(3).get()).contains("wants SASL (OAUTHBEARER)", "set it to SASL_PLAINTEXT");
        assertThat(said(saslOnTls)).contains("KAFKA_SECURITY_PROTOCOL is SASL_SSL; set it to SSL");
        assertThat(said(plainMechanism))
                .contains("SCRAM-SHA-512", "KAFKA_SASL_MECHANISM")
                .doesNotContain("secret-pw");
    }

    @Test
    void wrong_passwords_are_refused_with_the_variable_and_without_the_password() throws Exception {
        assertThat(said(scram("hunter2")))
                .contains("refuses User:frl-trainer", "KAFKA_SASL_JAAS_CONFIG")
                .doesNotContain("hunter2");
        assertThat(said(oauth("hunter2"))).contains("KAFKA_SASL_OAUTHBEARER").doesNotContain("hunter2");
    }

    @Test
    void files_that_are_not_there_and_wrong_passwords_of_stores_name_their_variables() throws Exception {
        var missing = environment("TLS", "SSL");
        missing.put(
                "KAFKA_SSL_TRUSTSTORE_LOCATION", folder.resolve("nowhere.p12").toString());
        var wrong = environment("TLS", "SSL");
        trust(wrong, "ca");
        wrong.put("KAFKA_SSL_TRUSTSTORE_PASSWORD", "hunter2");

        for (var environment : List.of(missing, wrong)) {
            var settings = KafkaSettings.from(Map.of(), environment);
            var error = catchThrowable(() -> Clients.admin(settings).close());
            assertThat(settings.wrong(error))
                    .contains("KAFKA_SSL_TRUSTSTORE_LOCATION")
                    .doesNotContain("hunter2", "\n");
        }
    }

    /** One line, in a bounded time. */
    private static String said(Map<String, String> environment) {
        var settings = KafkaSettings.from(Map.of(), environment);
        var error = catchThrowable(() -> ClusterCheck.awaitReady(settings, Samples.topics(), Role.TRAINER));
        assertThat(error).isInstanceOf(IllegalArgumentException.class);
        assertThat(error.getMessage()).doesNotContain("\n").contains("Kafka at 127.0.0.1:");
        return error.getMessage();
    }

    private Map<String, String> environment(String listener, String protocol) {
        var environment = new HashMap<String, String>();
        environment.put("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:" + ports.get(listener));
        environment.put("KAFKA_SECURITY_PROTOCOL", protocol);
        return environment;
    }

    private Map<String, String> scram(String password) throws Exception {
        var environment = environment("SCRAM", "SASL_SSL");
        trust(environment, "ca");
        environment.put("KAFKA_SASL_MECHANISM", "SCRAM-SHA-512");
        environment.put(
                "KAFKA_SASL_JAAS_CONFIG",
                "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"frl-trainer\" password=\""
                        + password + "\";");
        return environment;
    }

    private Map<String, String> oauth(String secret) {
        var environment = environment("OAUTH", "SASL_PLAINTEXT");
        environment.put("KAFKA_SASL_MECHANISM", "OAUTHBEARER");
        environment.put(
                "KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL",
                "http://127.0.0.1:" + tokens.getAddress().getPort() + "/token");
        environment.put("KAFKA_SASL_OAUTHBEARER_CLIENT_CREDENTIALS_CLIENT_ID", "frl-trainer");
        environment.put("KAFKA_SASL_OAUTHBEARER_CLIENT_CREDENTIALS_CLIENT_SECRET", secret);
        return environment;
    }

    private void trust(Map<String, String> environment, String authority) throws Exception {
        environment.put("KAFKA_SSL_TRUSTSTORE_TYPE", "PKCS12");
        environment.put(
                "KAFKA_SSL_TRUSTSTORE_LOCATION", certificates.trust(authority).toString());
        environment.put("KAFKA_SSL_TRUSTSTORE_PASSWORD", Certificates.PASSWORD);
    }

    private void keystore(Map<String, String> settings, String listener, String name) throws Exception {
        settings.put("listener.name." + listener + ".ssl.keystore.type", "PKCS12");
        settings.put(
                "listener.name." + listener + ".ssl.keystore.location",
                certificates.store(name).toString());
        settings.put("listener.name." + listener + ".ssl.keystore.password", Certificates.PASSWORD);
        settings.put("listener.name." + listener + ".ssl.key.password", Certificates.PASSWORD);
    }

    private String listeners(boolean controller) {
        var all = new TreeMap<>(ports);
        if (!controller) {
            all.remove("CONTROLLER");
        }
        return String.join(
                ",",
                all.entrySet().stream()
                        .map(listener -> listener.getKey()
                                + (listener.getKey().equals("AWAY") && !controller
                                        ? "://kafka-0.no-such-host.invalid:"
                                        : "://127.0.0.1:")
                                + listener.getValue())
                        .toList());
    }

    private String keySet() {
        var key = (RSAPublicKey) issuer.getPublic();
        return "{\"keys\":[{\"kty\":\"RSA\",\"use\":\"sig\",\"alg\":\"RS256\",\"kid\":\"test\",\"n\":\""
                + url(unsigned(key.getModulus().toByteArray())) + "\",\"e\":\""
                + url(unsigned(key.getPublicExponent().toByteArray())) + "\"}]}";
    }

    private static byte[] unsigned(byte[] number) {
        return number[0] == 0 ? java.util.Arrays.copyOfRange(number, 1, number.length) : number;
    }

    private String token() {
        long now = Instant.now().getEpochSecond();
        String head = url("{\"alg\":\"RS256\",\"kid\":\"test\"}".getBytes(StandardCharsets.UTF_8));
        String claims = url(("{\"sub\":\"frl-trainer\",\"iss\":\"test\",\"aud\":\"kafka\",\"scope\":\"kafka\",\"iat\":"
                        + now + ",\"exp\":" + (now + 3600) + "}")
                .getBytes(StandardCharsets.UTF_8));
        try {
            var signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(issuer.getPrivate());
            signature.update((head + "." + claims).getBytes(StandardCharsets.UTF_8));
            return head + "." + claims + "." + url(signature.sign());
        } catch (java.security.GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String url(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static int freePort() throws Exception {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
