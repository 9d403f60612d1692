package dev.frl.tracking.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** TLS contexts from PEM files. */
public final class PemTls {
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\\s]*)-----END \\1-----");
    private static final char[] IN_MEMORY = "in memory".toCharArray();

    private PemTls() {}

    /**
     * Reads a context.
     *
     * @param servers certificates of the authorities that servers are verified with; null for those of Java
     * @param client certificate chain and PKCS#8 key of the client, in one file; null for none
     * @param insecure whether servers are not verified at all
     * @throws IllegalArgumentException if a file cannot be read; the message names the file and says what to do
     */
    public static SSLContext context(@Nullable Path servers, @Nullable Path client, boolean insecure) {
        try {
            var context = SSLContext.getInstance("TLS");
            context.init(
                    client == null ? null : keys(client),
                    insecure ? new TrustManager[] {new Unverified()} : servers == null ? null : authorities(servers),
                    null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("TLS cannot be set up: " + e.getMessage(), e);
        }
    }

    private static TrustManager[] authorities(Path file) {
        try {
            var store = empty();
            int n = 0;
            for (var certificate : certificates(file)) {
                store.setCertificateEntry("authority " + n++, certificate);
            }
            var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            return factory.getTrustManagers();
        } catch (GeneralSecurityException | IOException e) {
            throw unreadable(file, e);
        }
    }

    private static KeyManager[] keys(Path file) {
        try {
            var store = empty();
            store.setKeyEntry("client", key(file), IN_MEMORY, certificates(file).toArray(new Certificate[0]));
            var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            factory.init(store, IN_MEMORY);
            return factory.getKeyManagers();
        } catch (GeneralSecurityException | IOException e) {
            throw unreadable(file, e);
        }
    }

    private static KeyStore empty() throws GeneralSecurityException, IOException {
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    private static List<Certificate> certificates(Path file) throws GeneralSecurityException, IOException {
        var certificates = new ArrayList<Certificate>();
        Matcher block = BLOCK.matcher(text(file));
        while (block.find()) {
            if (block.group(1).endsWith("CERTIFICATE")) {
                certificates.add(CertificateFactory.getInstance("X.509")
                        .generateCertificate(new ByteArrayInputStream(decoded(block))));
            }
        }
        if (certificates.isEmpty()) {
            throw new IllegalArgumentException(String.format(Locale.ROOT, "%s holds no certificate in PEM form", file));
        }
        return certificates;
    }

    private static PrivateKey key(Path file) throws GeneralSecurityException, IOException {
        Matcher block = BLOCK.matcher(text(file));
        while (block.find()) {
            String kind = block.group(1);
            if (kind.equals("PRIVATE KEY")) {
                var encoded = new PKCS8EncodedKeySpec(decoded(block));
                for (String algorithm : List.of("RSA", "EC", "Ed25519")) {
                    try {
                        return KeyFactory.getInstance(algorithm).generatePrivate(encoded);
                    } catch (InvalidKeySpecException e) {
                        continue; // of another algorithm
                    }
                }
            }
            if (kind.endsWith("PRIVATE KEY")) {
                throw new IllegalArgumentException(String.format(
                        Locale.ROOT,
                        "the key in %s is not PKCS#8 without a passphrase; convert it with `openssl pkcs8 -topk8 -nocrypt`",
                        file));
            }
        }
        throw new IllegalArgumentException(String.format(
                Locale.ROOT,
                "%s holds no private key; append it to the certificate, as for MLflow's Python client",
                file));
    }

    private static byte[] decoded(Matcher block) {
        return Base64.getMimeDecoder().decode(block.group(2));
    }

    private static String text(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.ISO_8859_1);
    }

    private static IllegalArgumentException unreadable(Path file, Exception why) {
        return new IllegalArgumentException(String.format(Locale.ROOT, "%s cannot be read: %s", file, why), why);
    }

    /** Accepts every server, whatever its name. An extended manager, since Java checks the names for others. */
    private static final class Unverified extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
