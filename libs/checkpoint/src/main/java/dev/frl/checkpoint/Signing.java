package dev.frl.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.frl.checkpoint.CheckpointException.Reason;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Signatures of checkpoints by Ed25519 (RFC 8032), as an option. A file beside the manifest holds the signature of what the manifest says:
 * run, epoch, net, spec, and the size and SHA-256 of each file; all but the time, so that a repeat has the same signature. Whoever has
 * trusted keys reads no weights that no such signature covers.
 */
final class Signing {
    static final Signing NONE = new Signing(null, List.of());

    /** File of the signature, in Base64. */
    static final String NAME = "checkpoint.sig";

    static final int LIMIT_BYTES = 1 << 10;

    private static final String KEY = "FRL_CHECKPOINT_SIGNING_KEY";
    private static final String TRUSTED = "FRL_CHECKPOINT_TRUSTED_KEYS";
    private static final String ALGORITHM = "Ed25519";
    /** No signature for another purpose is one of a checkpoint. */
    private static final String PURPOSE = "frl checkpoint 1";

    private static final ObjectMapper json = new ObjectMapper();

    private final @Nullable PrivateKey key;
    private final List<PublicKey> trusted;

    private Signing(@Nullable PrivateKey key, List<PublicKey> trusted) {
        this.key = key;
        this.trusted = List.copyOf(trusted);
    }

    /**
     * Reads {@code FRL_CHECKPOINT_SIGNING_KEY}, a PKCS#8 key, and {@code FRL_CHECKPOINT_TRUSTED_KEYS}, public keys, in PEM or
     * Base64.
     *
     * @throws IllegalArgumentException if a value is invalid; the message names the variable and no part of a key
     */
    static Signing from(Map<String, String> environment) {
        var own = keys(environment, KEY);
        if (own.size() > 1) {
            throw new IllegalArgumentException(
                    KEY + String.format(Locale.ROOT, " holds %d keys; expected one", own.size()));
        }
        try {
            var factory = KeyFactory.getInstance(ALGORITHM);
            var trusted = new ArrayList<PublicKey>();
            for (var encoded : keys(environment, TRUSTED)) {
                trusted.add(factory.generatePublic(new X509EncodedKeySpec(encoded)));
            }
            return new Signing(
                    own.isEmpty() ? null : factory.generatePrivate(new PKCS8EncodedKeySpec(own.get(0))), trusted);
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "%s or %s is no Ed25519 key; make one with `openssl genpkey -algorithm ed25519`, and its public key with `openssl pkey -pubout`",
                            KEY,
                            TRUSTED),
                    e);
        }
    }

    private static List<byte[]> keys(Map<String, String> environment, String variable) {
        var text = environment
                .getOrDefault(variable, "")
                .replaceAll("-----BEGIN [A-Z ]+-----", ",")
                .replaceAll("-----END [A-Z ]+-----", ",");
        var keys = new ArrayList<byte[]>();
        for (var part : text.split(",")) {
            var base64 = part.replaceAll("\\s", "");
            if (!base64.isEmpty()) {
                try {
                    keys.add(Base64.getDecoder().decode(base64));
                } catch (IllegalArgumentException e) {
                    throw new IllegalArgumentException(variable + " is neither PEM nor Base64", e);
                }
            }
        }
        return keys;
    }

    boolean signs() {
        return key != null;
    }

    /** Whether weights need a signature. */
    boolean verifies() {
        return !trusted.isEmpty();
    }

    /** Content of the signature's file. */
    byte[] sign(Manifest manifest) {
        try {
            var signature = Signature.getInstance(ALGORITHM);
            signature.initSign(key);
            signature.update(payload(manifest));
            return Base64.getEncoder().encode(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new CheckpointException(Reason.NOT_WRITTEN, "a checkpoint could not be signed: " + e.getMessage(), e);
        }
    }

    /**
     * Refuses a manifest without the signature of a trusted key.
     *
     * @param signature content of the signature's file; null if there is none
     * @param name what messages call the checkpoint
     * @throws CheckpointException REFUSED
     */
    void requireTrusted(Manifest manifest, byte @Nullable [] signature, String name) {
        if (!verifies()) {
            return;
        }
        if (signature == null) {
            throw refused(name, "it is not signed");
        }
        for (var candidate : trusted) {
            if (isBy(candidate, manifest, signature)) {
                return;
            }
        }
        throw refused(name, "no trusted key has signed it");
    }

    private static boolean isBy(PublicKey candidate, Manifest manifest, byte[] signature) {
        try {
            var verification = Signature.getInstance(ALGORITHM);
            verification.initVerify(candidate);
            verification.update(payload(manifest));
            return verification.verify(
                    Base64.getDecoder().decode(new String(signature, StandardCharsets.ISO_8859_1).strip()));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            return false;
        }
    }

    /** Refuses weights that belong to no checkpoint. */
    static CheckpointException unsigned(String name) {
        return refused(name, "no signed checkpoint beside it lists it");
    }

    private static CheckpointException refused(String name, String why) {
        return new CheckpointException(
                Reason.REFUSED,
                String.format(
                        Locale.ROOT,
                        "%s is refused: %s. Sign it with %s of the trainers, or add the public key to %s",
                        name,
                        why,
                        KEY,
                        TRUSTED));
    }

    static byte[] payload(Manifest m) {
        var files = new ArrayList<List<Object>>();
        m.files().forEach((name, entry) -> files.add(List.of(name, entry.bytes(), entry.sha256())));
        try {
            return json.writeValueAsBytes(List.of(
                    PURPOSE,
                    m.runId(),
                    m.epoch(),
                    m.architecture(),
                    m.inputShape(),
                    m.classes(),
                    m.specSha256(),
                    m.engine(),
                    files));
        } catch (JsonProcessingException e) {
            throw new AssertionError("strings and numbers are JSON", e);
        }
    }
}
