package dev.frl.fuzz;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Damages the bytes of a file or a message. */
public final class Mutations {
    private static final int[] EXTREMES = {-1, Integer.MAX_VALUE, Integer.MIN_VALUE, 0, 1 << 30};
    private static final int LONGEST_COPY = 200;

    private static final String[] PIECES = {
        ":",
        "- ",
        "[",
        "]",
        "{",
        "}",
        "\"",
        "'",
        "&a ",
        "*a",
        "!!int ",
        "|",
        ">",
        "%",
        "\t",
        "\n",
        "\r\n",
        "  ",
        "#",
        "0",
        "-1",
        "1e999",
        "0x2",
        "1_000",
        "5e-4",
        "8/255",
        "null",
        "~",
        ".nan",
        "NaN",
        "true",
        "yes",
        "? ",
        "<<: ",
        "---\n",
        "...\n",
        "\u0000",
        "\u001b[2J",
        "\uFEFF",
        "\u2028",
        "\\u",
        "\\ud800",
        "99999999999999999999",
        "1/0",
        "10m",
        "é",
        "😀",
        ",",
        "@",
        "`",
        "../",
        "/",
        "..",
        "%s",
        "%2e",
        "\"\":",
        "{}",
        "[]",
        "!x",
        "epochs: 3"
    };

    private Mutations() {}

    /** What means something to a parser of text, or to a terminal. */
    public static List<String> pieces() {
        return List.of(PIECES);
    }

    /** Changes bytes or bits, sets a header field to an extreme number, truncates, copies a part, or inserts bytes or text. */
    public static byte[] mutate(byte[] original, SplittableRandom random) {
        byte[] bytes = original.clone();
        for (int n = random.nextInt(1, 4); n > 0; n--) {
            bytes = bytes.length < 5 ? insert(bytes, 0, noise(random, 8)) : once(bytes, random);
        }
        return bytes;
    }

    private static byte[] once(byte[] bytes, SplittableRandom random) {
        int at = random.nextInt(bytes.length);
        switch (random.nextInt(9)) {
            case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> bytes[at] = (byte) random.nextInt(256);
            case 2 ->
                ByteBuffer.wrap(bytes)
                        .putInt(random.nextInt(bytes.length - 4), EXTREMES[random.nextInt(EXTREMES.length)]);
            case 3 -> {
                return random.nextInt(4) == 0 ? Arrays.copyOf(bytes, at) : cut(bytes, at, random.nextInt(1, 40));
            }
            case 4 -> {
                return insert(bytes, at, noise(random, random.nextInt(1, 40)));
            }
            case 5 -> {
                int end = Math.min(bytes.length, at + random.nextInt(1, LONGEST_COPY));
                return insert(bytes, random.nextInt(bytes.length), Arrays.copyOfRange(bytes, at, end));
            }
            case 6 -> {
                return insert(bytes, at, varint(random.nextLong() >>> random.nextInt(64)));
            }
            case 7 -> bytes[at] = (byte) "0123456789-./:{}[],".charAt(random.nextInt(19));
            default -> {
                return insert(bytes, at, PIECES[random.nextInt(PIECES.length)].getBytes(StandardCharsets.UTF_8));
            }
        }
        return bytes;
    }

    private static byte[] noise(SplittableRandom random, int length) {
        byte[] noise = new byte[length];
        random.nextBytes(noise);
        return noise;
    }

    private static byte[] cut(byte[] bytes, int from, int length) {
        int to = Math.min(bytes.length, from + length);
        var out = new ByteArrayOutputStream();
        out.write(bytes, 0, from);
        out.write(bytes, to, bytes.length - to);
        return out.toByteArray();
    }

    /** Bytes with others put in at a place. */
    public static byte[] insert(byte[] into, int at, byte[] what) {
        var out = new ByteArrayOutputStream();
        out.write(into, 0, at);
        out.writeBytes(what);
        out.write(into, at, into.length - at);
        return out.toByteArray();
    }

    /** A number as Avro writes it: what a hostile length looks like. */
    public static byte[] varint(long value) {
        var out = new ByteArrayOutputStream();
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.write((int) ((rest & 0x7f) | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
        return out.toByteArray();
    }
}
