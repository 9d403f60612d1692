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

/** A message of frl.experiment-specs. The first bytes tell what it is: C3 01 begins no text in UTF-8. */
public sealed interface SpecMessage {
    /**
     * A spec as an Avro record.
     *
     * @param tree as its YAML document would give; see {@link SpecTree}
     */
    record AvroSpec(Map<String, Object> tree) implements SpecMessage {}

    /**
     * A spec as a document.
     *
     * @param text JSON or YAML, perhaps: nobody has read it yet
     */
    record TextSpec(String text) implements SpecMessage {}

    /**
     * Tells what was published.
     *
     * @throws UnreadableMessage if the bytes are too many, or neither such a record nor text in UTF-8
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

    /** A spec's record as it travels. */
    static byte[] write(ExperimentSpec spec) {
        return Avro.CODEC.encode(spec);
    }

    /** Built at the first use. */
    final class Avro {
        private static final Codec<ExperimentSpec> CODEC = new AvroCodec<>(
                ExperimentSpec.getClassSchema(), Topics.MAX_SPEC_BYTES, Function.identity(), Function.identity());

        private Avro() {}
    }
}
