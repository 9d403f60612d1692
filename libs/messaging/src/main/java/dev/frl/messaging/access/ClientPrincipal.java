package dev.frl.messaging.access;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.SaslConfigs;
import org.apache.kafka.common.config.SslConfigs;

/** As whom brokers know a client, as far as its settings tell: brokers may map names, and do not say what came of it. */
public final class ClientPrincipal {
    /** Where the settings do not tell. */
    static final String UNKNOWN = "User:NAME";

    private static final Pattern USER =
            Pattern.compile("\\b(?:username|clientId|principal)\\s*=\\s*(?:\"([^\"]*)\"|'([^']*)'|([^\\s;]+))");

    private ClientPrincipal() {}

    /** Settings of a client. */
    @FunctionalInterface
    public interface ClientSettings {
        /** The value of a setting with Kafka's name; empty if it was not given. */
        Optional<String> value(String name);
    }

    /** Such as {@code User:frl-trainer}. */
    public static String of(ClientSettings settings) {
        String protocol =
                settings.value("security.protocol").orElse("PLAINTEXT").toUpperCase(Locale.ROOT);
        try {
            return switch (protocol) {
                case "PLAINTEXT" -> "User:ANONYMOUS";
                case "SSL" ->
                    certificate(settings)
                            .map(c -> "User:" + c.getSubjectX500Principal().getName())
                            .orElse("User:ANONYMOUS");
                default -> user(settings).map(name -> "User:" + name).orElse(UNKNOWN);
            };
        } catch (IOException | GeneralSecurityException e) {
            return UNKNOWN;
        }
    }

    private static Optional<String> user(ClientSettings settings) {
        var jaas =
                settings.value(SaslConfigs.SASL_JAAS_CONFIG).map(USER::matcher).filter(m -> m.find());
        return jaas.map(m -> m.group(1) != null ? m.group(1) : m.group(2) != null ? m.group(2) : m.group(3))
                .map(name -> name.replaceFirst("[/@].*", "")) // Kerberos: the short name
                .or(() -> settings.value(SaslConfigs.SASL_OAUTHBEARER_CLIENT_CREDENTIALS_CLIENT_ID));
    }

    private static Optional<X509Certificate> certificate(ClientSettings settings)
            throws IOException, GeneralSecurityException {
        var chain = settings.value(SslConfigs.SSL_KEYSTORE_CERTIFICATE_CHAIN_CONFIG);
        if (chain.isPresent()) {
            return pem(chain.get().getBytes(StandardCharsets.UTF_8));
        }
        var location = settings.value(SslConfigs.SSL_KEYSTORE_LOCATION_CONFIG);
        if (location.isEmpty()) {
            return Optional.empty();
        }
        String type = settings.value(SslConfigs.SSL_KEYSTORE_TYPE_CONFIG).orElse("JKS");
        if (type.equalsIgnoreCase("PEM")) {
            return pem(Files.readAllBytes(Path.of(location.get())));
        }
        var store = KeyStore.getInstance(type);
        try (InputStream in = Files.newInputStream(Path.of(location.get()))) {
            store.load(
                    in,
                    settings.value(SslConfigs.SSL_KEYSTORE_PASSWORD_CONFIG)
                            .map(String::toCharArray)
                            .orElse(null));
        }
        for (String alias : Collections.list(store.aliases())) {
            if (store.isKeyEntry(alias) && store.getCertificate(alias) instanceof X509Certificate certificate) {
                return Optional.of(certificate);
            }
        }
        return Optional.empty();
    }

    /** The first certificate of a file that may begin with a key. */
    private static Optional<X509Certificate> pem(byte[] bytes) throws GeneralSecurityException {
        String text = new String(bytes, StandardCharsets.UTF_8);
        int at = text.indexOf("-----BEGIN CERTIFICATE-----");
        return at < 0
                ? Optional.empty()
                : Optional.of((X509Certificate) CertificateFactory.getInstance("X.509")
                        .generateCertificate(
                                new ByteArrayInputStream(text.substring(at).getBytes(StandardCharsets.UTF_8))));
    }
}
