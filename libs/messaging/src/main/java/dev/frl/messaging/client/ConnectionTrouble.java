package dev.frl.messaging.client;

import dev.frl.messaging.access.ClientPrincipal;
import dev.frl.messaging.access.ListenerProbe;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.SslAuthenticationException;

/** Why a client does not get in, and which variable to set, in one line. Kafka's own messages name neither. */
public final class ConnectionTrouble {
    private static final String TRUST =
            "set KAFKA_SSL_TRUSTSTORE_LOCATION to a store with the authority that signed it (JKS, PKCS12 or,"
                    + " with KAFKA_SSL_TRUSTSTORE_TYPE=PEM, PEM), or KAFKA_SSL_TRUSTSTORE_CERTIFICATES_FILE to a PEM file";
    private static final String IDENTITY =
            "set KAFKA_SSL_KEYSTORE_LOCATION to a store with a key and a certificate that the brokers trust, or, with"
                    + " KAFKA_SSL_KEYSTORE_TYPE=PEM, KAFKA_SSL_KEYSTORE_KEY_FILE and KAFKA_SSL_KEYSTORE_CERTIFICATE_CHAIN_FILE to PEM files";

    private ConnectionTrouble() {}

    /** What an error of a Kafka client is about; empty if it is not about the connection. */
    public static Optional<String> of(Throwable error, KafkaSettings settings) {
        String said = said(error);
        String at = "Kafka at " + settings.bootstrapServers();
        if (contains(error, SslAuthenticationException.class) || said.contains("ssl handshake")) {
            return Optional.of(at + ": " + tls(said));
        }
        if (said.contains("enabled mechanisms are []")) {
            return Optional.of(at + " wants no SASL: "
                    + protocol(settings, protocol(settings).endsWith("SSL"), false));
        }
        if (said.contains("mechanism") && said.contains("enabled")) {
            return Optional.of(String.format(Locale.ROOT, "%s: %s; set KAFKA_SASL_MECHANISM", at, deepest(error)));
        }
        if (said.contains("oauthbearer") || said.contains("token endpoint") || said.contains("jwt")) {
            return Optional.of(String.format(
                    Locale.ROOT,
                    "%s: no token for SASL OAUTHBEARER: %s; check KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL, the client's id and secret,"
                            + " and that the brokers trust the issuer",
                    at,
                    deepest(error)));
        }
        if (contains(error, AuthenticationException.class)) {
            return Optional.of(String.format(
                    Locale.ROOT,
                    "%s refuses %s: %s; correct user and password in KAFKA_SASL_JAAS_CONFIG or KAFKA_SASL_JAAS_CONFIG_FILE, and KAFKA_SASL_MECHANISM",
                    at,
                    ClientPrincipal.of(settings::value),
                    deepest(error)));
        }
        return Optional.empty();
    }

    private static String tls(String said) {
        if (said.contains("expired") || said.contains("notafter")) {
            return "a certificate has expired: the brokers', or, if they refuse this client, its own; have it renewed, and check the clock of this host";
        }
        if (said.contains("notbefore") || said.contains("not yet valid")) {
            return "the brokers' certificate is not valid yet; check the clock of this host";
        }
        if (said.contains("subject alternative") || said.contains("no name matching")) {
            return "the brokers' certificate is for another host name; use in KAFKA_BOOTSTRAP_SERVERS, and in the brokers' advertised.listeners,"
                    + " the name in the certificate";
        }
        if (said.contains("certificate_required")
                || said.contains("bad_certificate")
                || said.contains("empty client certificate")) {
            return "the brokers want a certificate of this client and refuse what it sends; " + IDENTITY;
        }
        if (said.contains("fatal alert: certificate_unknown") || said.contains("fatal alert: unknown_ca")) {
            return "the brokers do not trust the certificate of this client; " + IDENTITY;
        }
        if (said.contains("path building failed")
                || said.contains("path validation")
                || said.contains("trustanchors")) {
            return "the brokers' certificate is of an authority that this client does not trust; " + TRUST;
        }
        if (said.contains("unrecognized ssl message") || said.contains("unsupported or unrecognized")) {
            return "it does not speak TLS; set KAFKA_SECURITY_PROTOCOL to PLAINTEXT or SASL_PLAINTEXT, or use the port of the TLS listener";
        }
        if (said.contains("protocol_version")
                || said.contains("no appropriate protocol")
                || said.contains("handshake_failure")) {
            return "client and brokers have no version of TLS or no cipher in common; set KAFKA_SSL_ENABLED_PROTOCOLS or KAFKA_SSL_CIPHER_SUITES";
        }
        return "no TLS connection: " + said.replaceAll("\\s+", " ").strip() + "; check the KAFKA_SSL_… variables";
    }

    /**
     * Asks the listener what it speaks, after a client had no answer: it may be there and speak otherwise. Takes some seconds at most.
     *
     * @return empty if nobody listens, or if the listener speaks as this client does
     */
    public static Optional<String> probed(KafkaSettings settings) {
        return ListenerProbe.of(settings.bootstrapServers()).flatMap(found -> differs(found, settings));
    }

    /**
     * Why no broker answers although a listener does: clients connect to the addresses that the brokers tell them. Takes some seconds
     * for each broker at most.
     */
    public static Optional<String> unreachable(KafkaSettings settings) {
        return ListenerProbe.of(settings.bootstrapServers())
                .flatMap(found -> ListenerProbe.unreachable(ListenerProbe.advertised(found))
                        .map(reasons -> String.format(
                                Locale.ROOT,
                                "%s answers, but its brokers call themselves %s, and are not reached there from this host:"
                                        + " correct advertised.listeners of the brokers, or make these addresses known here",
                                found.address(),
                                reasons)));
    }

    static Optional<String> differs(ListenerProbe.Listener found, KafkaSettings settings) {
        String protocol = protocol(settings);
        boolean tls = protocol.endsWith("SSL");
        boolean sasl = protocol.startsWith("SASL");
        if (!found.kafka()) {
            return Optional.of(String.format(
                    Locale.ROOT,
                    "%s accepts connections but is no Kafka broker; correct KAFKA_BOOTSTRAP_SERVERS",
                    found.address()));
        }
        boolean wantsSasl = found.mechanisms().map(m -> !m.isEmpty()).orElse(sasl);
        if (tls != found.tls() || sasl != wantsSasl) {
            return Optional.of(String.format(
                    Locale.ROOT,
                    "Kafka at %s speaks %s%s: %s",
                    found.address(),
                    found.tls() ? "TLS" : "no TLS",
                    wantsSasl
                            ? String.format(
                                    Locale.ROOT,
                                    " and wants SASL (%s)",
                                    String.join(", ", found.mechanisms().orElse(List.of())))
                            : "",
                    protocol(settings, found.tls(), wantsSasl)));
        }
        String mechanism = settings.value("sasl.mechanism").orElse("GSSAPI");
        if (sasl && found.mechanisms().isPresent() && !found.mechanisms().get().contains(mechanism)) {
            return Optional.of(String.format(
                    Locale.ROOT,
                    "Kafka at %s has no SASL mechanism %s; set KAFKA_SASL_MECHANISM to %s",
                    found.address(),
                    mechanism,
                    String.join(" or ", found.mechanisms().get())));
        }
        return Optional.empty();
    }

    private static String protocol(KafkaSettings settings) {
        return settings.value("security.protocol").orElse("PLAINTEXT").toUpperCase(Locale.ROOT);
    }

    private static String protocol(KafkaSettings settings, boolean tls, boolean sasl) {
        return String.format(
                Locale.ROOT,
                "KAFKA_SECURITY_PROTOCOL is %s; set it to %s",
                protocol(settings),
                (sasl ? "SASL_" : "") + (tls ? "SSL" : "PLAINTEXT"));
    }

    private static boolean contains(Throwable error, Class<?> type) {
        return chain(error).stream().anyMatch(type::isInstance);
    }

    private static String said(Throwable error) {
        var said = new StringBuilder();
        chain(error).forEach(e -> said.append(e.getMessage()).append(' '));
        return said.toString().toLowerCase(Locale.ROOT);
    }

    private static String deepest(Throwable error) {
        var chain = chain(error);
        for (int i = chain.size() - 1; i >= 0; i--) {
            String message = chain.get(i).getMessage();
            if (message != null && !message.isBlank()) {
                return message.replaceAll("\\s+", " ")
                        .replaceAll("//[^/ ]*@", "//…@")
                        .strip();
            }
        }
        return String.valueOf(error);
    }

    private static List<Throwable> chain(Throwable error) {
        var chain = new ArrayList<Throwable>();
        for (Throwable e = error; e != null && chain.size() < 10; e = e.getCause()) {
            chain.add(e);
        }
        return chain;
    }
}
