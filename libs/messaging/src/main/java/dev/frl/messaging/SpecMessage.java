package dev.frl.messaging;

import dev.frl.messaging.codec.AvroCodec;
import dev.frl.messaging.codec.Codec;
import dev.frl.messaging.codec.UnreadableMessage;
import dev.frl.schemas.ExperimentSpec;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Function;

/** A message of frl.experiment-specs. The first bytes tell its format: no UTF-8 text begins with C3 01. */
public sealed interface SpecMessage {
    /**
     * A spec as an Avro record.
     *
     * @param tree the same as from its YAML document; see {@link SpecTree}
     */
    record AvroSpec(Map<String, Object> tree) implements SpecMessage {}

    /**
     * A spec as a document.
     *
     * @param text presumably JSON or YAML; not parsed yet
     */
    record TextSpec(String text) implements SpecMessage {}

    /**
     * Tells the format of a message.
     *
     * @throws UnreadableMessage if the message is too long, or neither such a record nor UTF-8 text
     */
    static SpecMessage read(byte[] bytes) {
        Codec.requireAtMost(Topics.MAX_SPEC_BYTES, bytes);
        if (AvroCodec.isSingleObject(bytes)) {
            return new AvroSpec(SpecTree.of(Avro.CODEC.decode(bytes)));
        }
        if (bytes.length > 0 && bytes[0] == 0) {
            throw new UnreadableMessage("the spec begins with a zero byte, as messages of a schema registry do; "
                    + "publish Avro in single-object encoding, or JSON or YAML");
        }
        try {
            return new TextSpec(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (CharacterCodingException e) {
            throw new UnreadableMessage("the spec is neither Avro in single-object encoding nor text in UTF-8", e);
        }
    }

    /** Encodes a spec's record. */
    static byte[] write(ExperimentSpec spec) {
        return Avro.CODEC.encode(spec);
    }

    /** Initialized at first use. */
    final class Avro {
        private static final Codec<ExperimentSpec> CODEC = new AvroCodec<>(
                ExperimentSpec.getClassSchema(), Topics.MAX_SPEC_BYTES, Function.identity(), Function.identity());

        private Avro() {}
    }
}
