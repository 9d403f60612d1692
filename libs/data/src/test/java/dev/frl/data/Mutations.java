package dev.frl.data;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Damages the bytes of a file. */
public final class Mutations {
    private Mutations() {}

    /** Changes bytes or bits, sets a header field to an extreme number, truncates the file, or inserts bytes. */
    public static byte[] mutate(byte[] original, SplittableRandom random) {
        var bytes = original.clone();
        switch (random.nextInt(5)) {
            case 0 -> bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            case 1 -> {
                for (int i = random.nextInt(1, 6); i > 0; i--) {
                    bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
                }
            }
            case 2 -> {
                int[] numbers = {-1, Integer.MAX_VALUE, Integer.MIN_VALUE, 0, 1 << 30};
                ByteBuffer.wrap(bytes)
                        .putInt(random.nextInt(bytes.length - 4), numbers[random.nextInt(numbers.length)]);
            }
            case 3 -> bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
            default -> {
                int at = random.nextInt(bytes.length);
                int extra = random.nextInt(1, 40);
                var longer = new byte[bytes.length + extra];
                System.arraycopy(bytes, 0, longer, 0, at);
                System.arraycopy(bytes, at, longer, at + extra, bytes.length - at);
                bytes = longer;
            }
        }
        return bytes;
    }
}
