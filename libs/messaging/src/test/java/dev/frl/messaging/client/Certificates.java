package dev.frl.messaging.client;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Certificates of a test, made by the JDK's keytool: an authority, and what it signed. */
final class Certificates {
    static final String PASSWORD = "store-pw";

    private final Path folder;

    Certificates(Path folder) {
        this.folder = folder;
    }

    /** An authority. */
    void authority(String name) throws Exception {
        keytool(
                "-genkeypair",
                "-alias",
                name,
                "-keyalg",
                "EC",
                "-dname",
                "CN=" + name,
                "-ext",
                "bc:c",
                "-validity",
                "30");
    }

    /** A certificate, signed by the authority. */
    void signed(String name, String authority, String... options) throws Exception {
        var all = new ArrayList<>(
                List.of("-genkeypair", "-alias", name, "-keyalg", "EC", "-dname", "CN=" + name, "-signer", authority));
        all.addAll(List.of(options));
        keytool(all.toArray(String[]::new));
    }

    private void keytool(String... options) throws Exception {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(options));
        command.addAll(List.of("-keystore", all().toString(), "-storetype", "PKCS12", "-storepass", PASSWORD));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IllegalStateException(said);
        }
    }

    private Path all() {
        return folder.resolve("all.p12");
    }

    /** A store with one key and its certificates. */
    Path store(String name) throws Exception {
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry(name, key(name), PASSWORD.toCharArray(), everything().getCertificateChain(name));
        return write(name + ".p12", store);
    }

    /** A store that trusts an authority. */
    Path trust(String authority) throws Exception {
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry(authority, everything().getCertificate(authority));
        return write(authority + "-trust.p12", store);
    }

    /** The certificates of a key as PEM. */
    Path chain(String name) throws Exception {
        var text = new StringBuilder();
        for (var certificate : everything().getCertificateChain(name)) {
            text.append(pem("CERTIFICATE", certificate.getEncoded()));
        }
        return Files.writeString(folder.resolve(name + ".crt"), text);
    }

    /** The key as PEM. */
    Path pemKey(String name) throws Exception {
        return Files.writeString(
                folder.resolve(name + ".key"), pem("PRIVATE KEY", key(name).getEncoded()));
    }

    private static String pem(String what, byte[] bytes) {
        return "-----BEGIN " + what + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes) + "\n-----END " + what + "-----\n";
    }

    private Key key(String name) throws Exception {
        return everything().getKey(name, PASSWORD.toCharArray());
    }

    private KeyStore everything() throws Exception {
        var store = KeyStore.getInstance("PKCS12");
        try (var in = Files.newInputStream(all())) {
            store.load(in, PASSWORD.toCharArray());
        }
        return store;
    }

    private Path write(String name, KeyStore store) throws Exception {
        Path file = folder.resolve(name);
        try (var out = Files.newOutputStream(file)) {
            store.store(out, PASSWORD.toCharArray());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return file;
    }
}
